import { freshId } from "../src/wire/id.ts";
import type { Attachment } from "../src/wire/protocol.ts";
import type { Chat } from "./chat.ts";
import type { Upload } from "./model.ts";
import { isKey, type Key } from "./words.ts";

const running = new Map<string, XMLHttpRequest>();
const files = new Map<string, File>();

function change(chat: Chat, key: string, to: Partial<Upload> | null): void {
  chat.set({ uploads: chat.model.uploads.flatMap((u) => (u.key !== key ? u : to ? { ...u, ...to } : [])) });
}

const errorOf = (code: string): Key => (isKey(`error.${code}`) ? (`error.${code}` as Key) : "error.other");

/** Files join the next message. What cannot be taken is not even sent; more than fit are left out, and it is said. */
export function attach(chat: Chat, chosen: File[]): boolean {
  const max = chat.model.data;
  if (!max) return true;
  const room = max.max_files - chat.model.uploads.length;
  for (const file of chosen.slice(0, Math.max(0, room))) {
    const key = freshId();
    const large = file.size > max.max_file_bytes;
    files.set(key, file);
    chat.set({ uploads: [...chat.model.uploads, { key, name: file.name, size: file.size, progress: 0, id: "", error: large ? "error.too_large" : "" }] });
    if (!large) send(chat, key);
  }
  return chosen.length <= room;
}

/** XMLHttpRequest, because fetch does not tell how far an upload is. */
export function send(chat: Chat, key: string): void {
  const file = files.get(key);
  if (!file) return;
  change(chat, key, { error: "", progress: 0 });
  const x = new XMLHttpRequest();
  running.set(key, x);
  x.open("POST", `${chat.place.server}/api/v1/widget/attachments?channel=${encodeURIComponent(chat.place.channel)}`);
  x.setRequestHeader("Authorization", `Bearer ${chat.credential()}`);
  x.upload.onprogress = (e) => change(chat, key, { progress: e.total ? e.loaded / e.total : 0 });
  x.onerror = () => change(chat, key, { error: "error.offline" });
  x.onload = () => {
    running.delete(key);
    const answer = parse(x.responseText);
    if (x.status === 201) change(chat, key, { progress: 1, id: answer.id ?? "" });
    else change(chat, key, { error: errorOf(answer.code ?? "") });
  };
  const form = new FormData();
  form.append("file", file, file.name);
  x.send(form);
}

function parse(text: string): { id?: string; code?: string } {
  try {
    return JSON.parse(text) as { id?: string; code?: string };
  } catch {
    return {};
  }
}

export function remove(chat: Chat, key: string): void {
  running.get(key)?.abort();
  running.delete(key);
  files.delete(key);
  change(chat, key, null);
}

/** Whether another try can help. */
export const retriable = (u: Upload): boolean => u.error === "error.offline" || u.error === "error.other" || u.error === "error.rate_limited";

async function bytes(chat: Chat, path: string): Promise<Blob> {
  const answer = await chat.request(path);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.blob();
}

/** The small picture, drawn: a page's policy may forbid pictures of blob: addresses, a canvas it cannot. */
export async function draw(chat: Chat, a: Attachment, canvas: HTMLCanvasElement): Promise<void> {
  const image = await createImageBitmap(await bytes(chat, `attachments/${a.id}/thumbnail`));
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  image.close();
}

export async function download(chat: Chat, a: Attachment): Promise<void> {
  save(await bytes(chat, `attachments/${a.id}`), a.name);
}

export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading
}
