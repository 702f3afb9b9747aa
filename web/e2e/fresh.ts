import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";

const running: { server: ChildProcess; folder: string }[] = [];
/** Ends every server that fresh has started. */
export async function stopFresh(): Promise<void> {
  for (const { server, folder } of running.splice(0)) {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A server of an empty folder, and the set-up link that it prints. */
export async function fresh(): Promise<{ base: string; link: string }> {
  const folder = mkdtempSync(join(tmpdir(), "pronto-setup-"));
  const server = spawn(inject("binary"), ["serve", "--data", join(folder, "data"), "--listen", "127.0.0.1:0", "--log-level", "error"], { stdio: ["ignore", "pipe", "inherit"] });
  running.push({ server, folder });
  const link = await new Promise<string>((found, failed) => {
    let said = "";
    server.stdout!.on("data", (piece: Buffer) => {
      said += piece.toString();
      const m = /http:\/\/[\d.]+:\d+\/setup\/\S+/.exec(said);
      if (m) found(m[0]);
    });
    server.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${said}`)));
  });
  return { base: new URL(link).origin, link };
}
