import { CircleCheckBig, MessageSquareText, Paperclip, SendHorizontal } from "lucide-react";
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { sendMessage, tellTyping } from "../state/actions.ts";
import { fillIn, matching, slashWord } from "../state/canned.ts";
import { setDraft } from "../state/saving.ts";
import { loadCanned } from "../state/messages.ts";
import { askToClose, openTool } from "../state/tools.ts";
import { get, toast, useDesk } from "../state/store.ts";
import { attach, takeUploads } from "../state/uploads.ts";
import type { CannedResponse } from "../wire/protocol.ts";
import { MaxTextBytes } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { SlashMenu } from "./SlashMenu.tsx";
import { Uploads } from "./Uploads.tsx";

const usedCanned: { [conversation: string]: string } = {};

/** Where one writes. The draft belongs to its conversation and outlives the page. */
export function Composer({ id }: { id: string }) {
  const t = useWords();
  const text = useDesk((d) => d.drafts[id] ?? "");
  const uploads = useDesk((d) => d.uploads[id]);
  const canned = useDesk((d) => d.canned);
  const queue = useDesk((d) => d.talks[id]?.head.queue.id ?? "");
  const closed = useDesk((d) => d.talks[id]?.head.state === "wrapup");
  const box = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const [slash, setSlash] = useState<{ from: number; typed: string } | null>(null);
  const [at, setAt] = useState(0);
  const found = slash ? matching(canned, queue, slash.typed).slice(0, 8) : [];
  const busy = uploads?.some((u) => u.state === "sending" || u.state === "checking") ?? false;
  const ready = uploads?.some((u) => u.state === "ready") ?? false;

  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
    return () => tellTyping(id, false);
  }, [id]);
  useLayoutEffect(() => {
    const b = box.current;
    if (!b) return;
    b.style.height = "auto";
    b.style.height = `${Math.min(b.scrollHeight, 180)}px`;
  }, [text]);

  const write = (value: string, caret: number): void => {
    setDraft(id, value);
    tellTyping(id, value !== "");
    const word = slashWord(value, caret);
    setSlash(word);
    setAt(0);
    if (word) void loadCanned();
  };
  const send = (): void => {
    const now = (get().drafts[id] ?? "").trim(); // not this render's: a second click finds it empty
    if (busy || (!now && !ready)) return;
    if (new TextEncoder().encode(now).length > MaxTextBytes) return toast("bad", "error.too_long");
    const files = takeUploads(id).map(({ id: file, name, type, size }) => ({ id: file, name, type, size }));
    setDraft(id, "");
    tellTyping(id, false);
    sendMessage(id, now, files, usedCanned[id] ?? "");
    delete usedCanned[id];
    setSlash(null);
    box.current?.focus();
  };
  const insert = (c: CannedResponse): void => {
    const head = get().talks[id]!.head;
    const filled = fillIn(c.text, head, get().agent?.name ?? "");
    if (filled.missing.length) toast("info", "canned.missing", { names: filled.missing.join(", ") });
    const from = slash?.from ?? text.length;
    const until = slash ? from + 1 + slash.typed.length : from;
    setDraft(id, text.slice(0, from) + filled.text + text.slice(until));
    usedCanned[id] = c.id;
    setSlash(null);
    const caret = from + filled.text.length;
    requestAnimationFrame(() => { box.current?.focus(); box.current?.setSelectionRange(caret, caret); });
  };
  const keys = (e: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (e.nativeEvent.isComposing || e.keyCode === 229) return;
    if (found.length && slash) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (step) { e.preventDefault(); return setAt((at + step + found.length) % found.length); }
      if (e.key === "Enter" || e.key === "Tab") { e.preventDefault(); return insert(found[at]!); }
      if (e.key === "Escape") { e.stopPropagation(); return setSlash(null); }
    }
    if (e.key === "Enter" && !e.shiftKey && !e.ctrlKey && !e.altKey) { e.preventDefault(); send(); }
  };
  const paste = (e: ClipboardEvent): void => {
    const files = [...e.clipboardData.files];
    if (files.length) { e.preventDefault(); void attach(id, files); }
  };
  const drop = (e: DragEvent): void => {
    e.preventDefault();
    void attach(id, [...e.dataTransfer.files]);
  };
  return (
    <div className="composer" onDragOver={(e) => e.preventDefault()} onDrop={drop}>
      {slash && found.length > 0 && <SlashMenu list={found} at={at} choose={insert} conversation={id} />}
      <Uploads id={id} />
      <textarea
        ref={box} rows={2} value={text} aria-label={t("composer.label")} placeholder={t("composer.hint")} spellCheck
        aria-autocomplete="list" aria-controls={slash && found.length ? "slash-menu" : undefined} aria-activedescendant={slash && found.length ? `slash-${at}` : undefined}
        onChange={(e) => write(e.target.value, e.target.selectionStart)} onKeyDown={keys} onPaste={paste} onBlur={() => setSlash(null)}
      />
      <div className="composer-row">
        <input ref={chooser} type="file" multiple className="hidden" tabIndex={-1} aria-hidden onChange={(e) => { void attach(id, [...(e.target.files ?? [])]); e.target.value = ""; }} />
        <button type="button" className="icon-button" aria-label={t("attach")} title={t("attach")} onClick={() => chooser.current?.click()}><Paperclip size={18} /></button>
        <button type="button" className="icon-button" aria-label={t("tool.canned")} title={t("tool.canned")} onClick={() => openTool(id, "canned")}><MessageSquareText size={18} /></button>
        <span className="composer-hint">{t("composer.keys")}</span>
        <button type="button" className="button primary" disabled={busy || (!text.trim() && !ready)} onClick={send}><SendHorizontal size={16} aria-hidden />{t("send")}</button>
        <button type="button" className="button finish" onClick={() => askToClose(id)}><CircleCheckBig size={16} aria-hidden />{t(closed ? "wrapup.end" : "finish")}</button>
      </div>
    </div>
  );
}
