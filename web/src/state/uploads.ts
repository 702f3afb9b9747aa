import { freshId } from "../wire/id.ts";
import type { Attachment, AttachmentLimits, Events } from "../wire/protocol.ts";
import { apiPrefix, rest } from "../wire/rest.ts";
import { uploadState } from "./apply.ts";
import { follow } from "./effects.ts";
import type { Upload } from "./model.ts";
import { get, set, toast } from "./store.ts";

const running: { [key: string]: XMLHttpRequest } = {};
const files: { [key: string]: File } = {};
let limits: Promise<AttachmentLimits> | undefined;

/** What the organisation takes; read once. */
export function fileLimits(): Promise<AttachmentLimits> {
  limits ??= rest<AttachmentLimits>("/attachments/limits").catch((e: unknown) => {
    limits = undefined;
    throw e;
  });
  return limits;
}

function change(conversation: string, key: string, f: (u: Upload) => Upload | null): void {
  set((d) => {
    const list = (d.uploads[conversation] ?? []).flatMap((u) => (u.key === key ? (f(u) ?? []) : u));
    return { ...d, uploads: { ...d.uploads, [conversation]: list } };
  });
}

/** Files join the next message of a conversation. What is too large is not even sent. */
export async function attach(conversation: string, chosen: File[]): Promise<void> {
  const max = await fileLimits().catch(() => null);
  const room = (max?.max_files ?? 10) - (get().uploads[conversation]?.length ?? 0);
  if (chosen.length > room) toast("bad", "file.tooMany", { n: max?.max_files ?? 10 });
  for (const file of chosen.slice(0, Math.max(0, room))) {
    const key = freshId();
    const large = max !== null && file.size > max.max_bytes;
    files[key] = file;
    const u: Upload = {
      key, name: file.name, size: file.size, type: file.type, progress: 0, state: large ? "failed" : "sending", error: large ? "too_large" : "", id: "",
      preview: file.type.startsWith("image/") ? URL.createObjectURL(file) : "",
    };
    set((d) => ({ ...d, uploads: { ...d.uploads, [conversation]: [...(d.uploads[conversation] ?? []), u] } }));
    if (!large) send(conversation, key, file);
  }
}

let told: { [id: string]: Attachment } = {}; // files that were looked into before the answer to their upload was here

follow({
  snapshot: () => {},
  event: (e) => {
    if (e.name !== "attachment.updated" || !Object.keys(running).length) return;
    const { attachment: a } = e.data as Events["attachment.updated"];
    told[a.id] = a;
  },
});

const stalledMS = 30_000; // nothing moved for so long: the line is gone, whatever the browser believes
const watchdogs: { [key: string]: ReturnType<typeof setTimeout> } = {};

/** An upload of which nothing more is heard can be tried again. */
function cut(conversation: string, key: string): void {
  clearTimeout(watchdogs[key]);
  const x = running[key];
  if (!x) return;
  delete running[key];
  x.abort();
  change(conversation, key, (u) => ({ ...u, state: "failed", error: "offline" }));
}

addEventListener("offline", () => {
  for (const [conversation, list] of Object.entries(get().uploads)) for (const u of list) cut(conversation, u.key);
});

/** XMLHttpRequest, because fetch does not tell how far an upload is. */
function send(conversation: string, key: string, file: File): void {
  const x = new XMLHttpRequest();
  running[key] = x;
  x.open("POST", `${apiPrefix}/attachments`);
  const watch = (): void => {
    clearTimeout(watchdogs[key]);
    watchdogs[key] = setTimeout(() => cut(conversation, key), stalledMS);
  };
  watch();
  x.upload.onload = () => clearTimeout(watchdogs[key]); // what the server does with it may take its time
  x.onloadend = () => clearTimeout(watchdogs[key]);
  x.upload.onprogress = (e) => {
    watch();
    change(conversation, key, (u) => ({ ...u, progress: e.total ? e.loaded / e.total : 0 }));
  };
  x.onerror = () => {
    delete running[key];
    change(conversation, key, (u) => ({ ...u, state: "failed", error: "offline" }));
  };
  x.onload = () => {
    delete running[key];
    const said = parse(x.responseText);
    const answer = { ...said, ...told[said.id ?? ""] };
    if (!Object.keys(running).length) told = {};
    if (x.status !== 201) return change(conversation, key, (u) => ({ ...u, state: "failed", error: answer.code ?? "internal" }));
    change(conversation, key, (u) => ({ ...u, progress: 1, id: answer.id ?? "", state: uploadState(answer.state ?? ""), error: answer.reason ?? "" }));
  };
  const form = new FormData();
  form.append("file", file, file.name);
  x.send(form);
}

function parse(text: string): Partial<Attachment> & { code?: string } {
  try {
    return JSON.parse(text) as Partial<Attachment> & { code?: string };
  } catch {
    return {};
  }
}

export function retryUpload(conversation: string, key: string): void {
  const file = files[key];
  if (!file) return;
  change(conversation, key, (u) => ({ ...u, state: "sending", progress: 0, error: "" }));
  send(conversation, key, file);
}

export function removeUpload(conversation: string, key: string): void {
  running[key]?.abort();
  delete running[key];
  delete files[key];
  change(conversation, key, (u) => {
    if (u.preview) URL.revokeObjectURL(u.preview);
    return null;
  });
}

/** Takes the files that are ready out, for a message. */
export function takeUploads(conversation: string): Upload[] {
  const ready = (get().uploads[conversation] ?? []).filter((u) => u.state === "ready");
  for (const u of ready) removeUpload(conversation, u.key);
  return ready;
}
