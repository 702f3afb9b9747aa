/** @jsxImportSource preact */
import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { Attachment } from "../src/wire/protocol.ts";
import type { Chat } from "./chat.ts";
import { download, draw } from "./files.ts";
import { size } from "./text.ts";
import type { Words } from "./words.ts";

/** What every part of the widget needs. */
export interface Around {
  chat: Chat;
  t: Words;
  language: string;
}

export const Here = createContext<Around>(null as unknown as Around);
export const useHere = (): Around => useContext(Here);

const shapes = {
  close: "M6 6l12 12M18 6 6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M4 12h15M13 6l6 6-6 6",
  clip: "M20 11.5l-8.3 8.2a5.4 5.4 0 0 1-7.6-7.6l8.6-8.5a3.6 3.6 0 0 1 5.1 5.1l-8.6 8.5a1.8 1.8 0 0 1-2.5-2.5l7.7-7.6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2 12.5l4.5 4.5L16 7.5M11 16.2l.8.8L21.3 7.5",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7.5v5l3 2",
  file: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8ZM14 3v5h5",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8Z",
  save: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
  stop: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM9 9h6v6H9Z",
};

export function Icon({ name }: { name: keyof typeof shapes }) {
  return <svg viewBox="0 0 24 24" aria-hidden="true"><path d={shapes[name]} /></svg>;
}

/** A file of a message; pictures show themselves small. */
export function FileOf({ a }: { a: Attachment }) {
  const { chat, t, language } = useHere();
  const [failed, setFailed] = useState(false);
  const [drawn, setDrawn] = useState(!!a.thumbnail);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) draw(chat, a, canvas.current).catch(() => setDrawn(false));
  }, [a.id, drawn]);
  const get = () => download(chat, a).then(() => setFailed(false), () => setFailed(true));
  const clean = a.state === "clean";
  const state = failed || a.state === "infected" || a.state === "failed" ? t("fileGone") : clean ? "" : t("fileWait");
  return (
    <button type="button" class={`file ${drawn ? "picture" : ""}`} disabled={!clean} onClick={get} aria-label={`${t("download", { name: a.name })}, ${size(a.size, language)}${state && `, ${state}`}`}>
      {drawn ? <canvas ref={canvas} role="img" aria-label={t("image", { name: a.name })} width={a.width && a.height ? 200 : 120} height={a.width && a.height ? Math.min(200, Math.round((200 * a.height) / a.width)) : 80} /> : <Icon name="file" />}
      {!drawn && <span>{a.name}<small>{size(a.size, language)}{state && ` · ${state}`}</small></span>}
    </button>
  );
}
