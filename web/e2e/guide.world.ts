import { spawn } from "node:child_process";
import { once } from "node:events";
import { inject } from "vitest";
import type { Agent, Channel, ConversationHead, InboundAnswer, Queue, Script, Session } from "../src/wire/protocol.ts";
import { api } from "./world.ts";

export interface Login {
  login: string;
  password: string;
}

/** The company of `pronto demo`, as `make run` starts it, with one queue more: only Ana and Bruno, whom nobody plays, serve it. */
export interface Demo {
  at: string;
  /** The administrator's. */
  token: string;
  /** Everybody's, by their login names. */
  logins: { [login: string]: Login };
  ana: Login & Agent;
  bruno: Login & Agent;
  queue: Queue;
  channel: Channel;
  ask<T>(path: string, body?: unknown, method?: string): Promise<T>;
  write(text: string, name?: string, phone?: string): Promise<InboundAnswer>;
  head(id: string): Promise<ConversationHead>;
  /** Takes the queues from whoever the demo plays, so that nobody transfers anything to Ana or Bruno. */
  alone(): Promise<void>;
  stop(): Promise<void>;
}

export async function demo(speed = "0.1"): Promise<Demo> {
  const server = spawn(inject("binary"), ["demo", "--listen", "127.0.0.1:0", "--seed", "7", "--speed", speed, "--quiet"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  const { at, passwords } = await new Promise<{ at: string; passwords: { [login: string]: string } }>((found, failed) => {
    let sheet = "";
    server.stdout.on("data", (piece: Buffer) => {
      sheet += piece.toString();
      if (!sheet.includes("The same external_id")) return; // the last line of the sheet
      const rows = [...sheet.matchAll(/^([a-z]+) +(\S+) +(?:agent|supervisor|admin) /gm)];
      found({ at: /http:\/\/[\d.]+:\d+/.exec(sheet)![0], passwords: Object.fromEntries(rows.map((r) => [r[1]!, r[2]!])) });
    });
    void ended.then(([code]) => failed(new Error(`the demo ended with ${code}: ${sheet}`)));
  });
  const { token } = await api<Session>("/login", { login: "admin", password: passwords.admin }, { at });
  const ask = <T>(path: string, body?: unknown, method?: string): Promise<T> => api<T>(path, body, { at, token, ...(method ? { method } : {}) });
  const scripts = await ask<{ items: Script[] }>("/scripts?limit=100");
  const queue = await ask<Queue>("/queues", {
    name: "Atendimento", offer_time_ms: 60_000, subject: "Financeiro", script_id: scripts.items.find((s) => s.name === "Financeiro")!.id, script_required: true, reopen_window_ms: 0,
    greeting: "Olá! Este é o protocolo {{protocol}}.",
  });
  const channel = await ask<Channel>("/channels", { name: "WhatsApp da loja", kind: "generic", queue_id: queue.id });
  const people = await ask<{ items: Agent[] }>("/agents?limit=100");
  const only = async (login: string): Promise<Login & Agent> => {
    const { id } = people.items.find((p) => p.login === login)!;
    return { ...await ask<Agent>(`/agents/${id}`, { queue_ids: [queue.id], capacity: 5 }, "PATCH"), login, password: passwords[login]! };
  };
  let said = 0;
  return {
    at, token: token!, queue, channel, logins: Object.fromEntries(Object.entries(passwords).map(([login, password]) => [login, { login, password }])), ask, ana: await only("ana"), bruno: await only("bruno"),
    write: (text, name = "Marina Alves", phone = "+5511999990000") => ask<InboundAnswer>(`/channels/${channel.id}/messages`, {
      external_id: `guia-${said++}`, text, contact: { name, identities: [{ kind: "phone", value: phone }], documents: [{ kind: "cpf", value: phone === "+5511999990000" ? "52998224725" : "11144477735" }] },
    }),
    head: (id) => ask<ConversationHead>(`/conversations/${id}`),
    alone: async () => {
      await Promise.all(people.items.filter((p) => p.role === "agent" && !["ana", "bruno"].includes(p.login)).map((p) => ask(`/agents/${p.id}`, { queue_ids: [] }, "PATCH")));
    },
    stop: async () => {
      server.kill("SIGINT");
      await ended;
    },
  };
}
