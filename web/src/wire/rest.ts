import type { Code, FieldError, Problem } from "./protocol.ts";

/** What a list answers. */
export interface Page<T> {
  items: T[];
  next_cursor?: string;
}

/** A refusal of the server, or "offline" when there was no answer at all. */
export class Refused extends Error {
  readonly code: Code | "offline";
  readonly status: number;
  readonly fields: FieldError[];
  readonly data: { [key: string]: unknown };
  constructor(code: Code | "offline", status = 0, fields: FieldError[] = [], data = {}) {
    super(code);
    this.code = code;
    this.status = status;
    this.fields = fields;
    this.data = data;
  }
}

export const apiPrefix = "/api/v1";

/** Called when a credential is no longer valid; the owner of the session sets it. */
let lost: () => void = () => {};
export function onCredentialLost(f: () => void): void {
  lost = f;
}

export interface RestOptions {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  /** Body is a text of this type, sent as it is. */
  type?: string;
  /** The answer is wanted as a text of this type. */
  accept?: string;
  version?: number;
  signal?: AbortSignal;
}

/** One request with the browser's cookie. It throws Refused. */
export async function rest<T>(path: string, o: RestOptions = {}): Promise<T> {
  const headers: { [name: string]: string } = {};
  if (o.body !== undefined) headers["Content-Type"] = o.type ?? "application/json";
  if (o.accept) headers.Accept = o.accept;
  if (o.version !== undefined) headers["If-Match"] = `"${o.version}"`;
  let answer: Response;
  try {
    answer = await fetch(apiPrefix + path, {
      method: o.method ?? "GET", headers, credentials: "same-origin",
      ...(o.body === undefined ? {} : { body: o.type ? String(o.body) : JSON.stringify(o.body) }), ...(o.signal ? { signal: o.signal } : {}),
    });
  } catch (e) {
    if (o.signal?.aborted) throw e;
    throw new Refused("offline");
  }
  if (answer.ok) return (answer.status === 204 ? undefined : await (o.accept ? answer.text() : answer.json())) as T;
  const refused = await refusalOf(answer);
  if (refused.code === "unauthorized" && path !== "/login") lost();
  throw refused;
}

async function refusalOf(answer: Response): Promise<Refused> {
  try {
    const p = (await answer.json()) as Problem & { data?: object };
    return new Refused(p.code as Code, answer.status, p.errors ?? [], p.data);
  } catch {
    return new Refused("internal", answer.status);
  }
}

/** Every entry of a list that fits in memory, such as configuration; at most `most`. */
export async function all<T>(path: string, most = 20_000): Promise<T[]> {
  const out: T[] = [];
  const sep = path.includes("?") ? "&" : "?";
  for (let cursor = ""; out.length < most; ) {
    const page = await rest<Page<T>>(`${path}${sep}limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    out.push(...page.items);
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
  }
  return out;
}
