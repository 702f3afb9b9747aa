/** @jsxImportSource preact */
import { useRef, useState } from "preact/hooks";
import { attach, remove, retriable, send as upload } from "./files.ts";
import type { Upload } from "./model.ts";
import { Icon, useHere } from "./parts.tsx";
import { size } from "./text.ts";

const idleMS = 4_000; // without a key that long, nobody types

function Chosen({ u }: { u: Upload }) {
  const { chat, t, language } = useHere();
  const max = chat.model.data!;
  const percent = Math.round(u.progress * 100);
  return (
    <li class={`upload ${u.error ? "bad" : ""}`}>
      <span class="name">{u.name}</span>
      {u.error ? (
        <small role="alert">{t(u.error, { size: size(max.max_file_bytes, language) })} {retriable(u) && <button type="button" class="link" onClick={() => upload(chat, u.key)}>{t("retry")}</button>}</small>
      ) : u.id ? <small>{size(u.size, language)} · {t("ready")}</small> : <progress max={100} value={percent} aria-label={t("uploading", { name: u.name, percent })} />}
      <button type="button" class="round" aria-label={t("remove", { name: u.name })} onClick={() => remove(chat, u.key)}><Icon name="close" /></button>
    </li>
  );
}

/** Where the visitor writes. Enter sends, Shift and Enter begin a line; never while a character is being composed. */
export function Composer() {
  const { chat, t, language } = useHere();
  const { data, uploads } = chat.model;
  const [text, setText] = useState("");
  const [tooMany, setTooMany] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const idle = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const uploading = uploads.some((u) => !u.id && !u.error);
  const ready = uploads.filter((u) => u.id);
  const can = (text.trim() !== "" || ready.length > 0) && !uploading;
  const take = (files: File[]) => setTooMany(!attach(chat, files));
  const send = () => {
    if (!can) return;
    chat.say(text.trim(), ready.map((u) => u.id));
    for (const u of ready) remove(chat, u.key);
    clearTimeout(idle.current);
    setText("");
    field.current?.focus();
  };
  const typed = (value: string) => {
    setText(value);
    clearTimeout(idle.current);
    chat.type(value !== "");
    idle.current = setTimeout(() => chat.type(false), idleMS);
  };
  const pasted = (e: ClipboardEvent) => {
    const files = [...(e.clipboardData?.files ?? [])];
    if (!files.length) return;
    e.preventDefault();
    take(files);
  };
  const dropped = (e: DragEvent) => {
    e.preventDefault();
    take([...(e.dataTransfer?.files ?? [])]);
  };
  if (!data) return null;
  return (
    <div class="foot" onDragOver={(e) => e.preventDefault()} onDrop={dropped}>
      {uploads.length > 0 && <ul class="uploads">{uploads.map((u) => <Chosen key={u.key} u={u} />)}</ul>}
      {tooMany ? <p class="hint bad" role="alert">{t("error.too_many", { n: data.max_files })}</p>
        : uploads.length > 0 && <p class="hint">{t("limits", { n: data.max_files, size: size(data.max_file_bytes, language) })}</p>}
      <div class="compose">
        <button type="button" class="round" aria-label={t("attach")} title={`${t("attach")} · ${t("limits", { n: data.max_files, size: size(data.max_file_bytes, language) })}`} onClick={() => chooser.current?.click()}><Icon name="clip" /></button>
        <input type="file" multiple hidden ref={chooser} accept={data.file_types.join(",")} onChange={(e) => (take([...(e.currentTarget.files ?? [])]), (e.currentTarget.value = ""))} />
        <textarea ref={field} rows={1} aria-label={t("write")} placeholder={t("write")} value={text} enterkeyhint="send"
          onInput={(e) => typed(e.currentTarget.value)} onPaste={pasted} onBlur={() => chat.type(false)}
          onKeyDown={(e) => e.key === "Enter" && !e.shiftKey && !e.isComposing && (e.preventDefault(), send())} />
        <button type="button" class="round go" aria-label={t("send")} disabled={!can} onClick={send}><Icon name="send" /></button>
      </div>
    </div>
  );
}
