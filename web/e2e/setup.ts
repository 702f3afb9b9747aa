import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    url: string;
    token: string;
    chromium: string;
    binary: string;
  }
}

/** Builds the program once and serves an empty data folder for all tests; each makes its own queue and people. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromium = process.env.PRONTO_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(chromium)) throw new Error(`the browser tests need chromium at ${chromium} (make tools installs it; PRONTO_CHROMIUM names another)`);
  const root = resolve(import.meta.dirname, "../..");
  const folder = mkdtempSync(join(tmpdir(), "pronto-e2e-"));
  const binary = join(folder, "pronto");
  const data = join(folder, "data");
  execFileSync("go", ["build", "-o", binary, "./cmd/pronto"], { cwd: root, stdio: "inherit" });
  execFileSync(binary, ["init", "--data", data, "--admin-login", "root", "--admin-password-stdin"], { input: "a-good-password\n", stdio: ["pipe", "ignore", "inherit"] });
  const server = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0", "--allowed-networks", "127.0.0.1/32", "--log-level", "error"], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((found, failed) => {
    let said = "";
    server.stdout.on("data", (piece: Buffer) => {
      said += piece.toString();
      const m = /http:\/\/[\d.]+:\d+/.exec(said);
      if (m) found(m[0]);
    });
    server.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${said}`)));
  });
  const answer = await fetch(`${url}/api/v1/login`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ login: "root", password: "a-good-password" }) });
  const { token } = (await answer.json()) as { token: string };
  project.provide("url", url);
  project.provide("token", token);
  project.provide("chromium", chromium);
  project.provide("binary", binary);
  return async () => {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
}
