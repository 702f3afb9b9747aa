/** @jsxImportSource preact */
import { useEffect, useRef, useState } from "preact/hooks";
import { Composer } from "./Composer.tsx";
import { save } from "./files.ts";
import { Form } from "./Form.tsx";
import { Log } from "./Log.tsx";
import { Icon, useHere } from "./parts.tsx";
import { transcript, wait } from "./text.ts";

const small = "(max-width: 480px), (max-height: 460px)"; // as in the style sheet

function useTitle(): string {
  const { chat, t } = useHere();
  return chat.model.data?.widget.title || chat.model.data?.channel.name || t("title");
}

/** Where the conversation stands, below the title. */
function Standing() {
  const { chat, t } = useHere();
  const c = chat.model.conversation;
  if (!c || c.state === "closed") return null;
  if (c.state === "queued") return <p>{t("waiting")}</p>;
  if (c.on_hold) return <p>{t("hold", { name: c.agent?.name || t("agent") })}</p>;
  return <p>{c.agent?.name ? t("with", { name: c.agent.name }) : t("active")}</p>;
}

/** The connection, the hours and the line: one bar each where there is something to say. */
function Bars() {
  const { chat, t, language } = useHere();
  const { phase, data, conversation: c } = chat.model;
  const [slow, setSlow] = useState(false);
  const down = phase === "reconnecting" || phase === "offline" || phase === "connecting";
  useEffect(() => {
    setSlow(false);
    const late = down && setTimeout(() => setSlow(true), 1500); // a short interruption is none
    return () => clearTimeout(late || undefined);
  }, [down]);
  const at = data?.hours.changes_at;
  const opens = at && new Date(at).toLocaleString(language, { weekday: "long", hour: "2-digit", minute: "2-digit" });
  return (
    <div role="status">
      {down && data && (slow || phase === "offline") && <p class="bar warn">{t(phase === "offline" ? "offline" : "reconnecting")}</p>}
      {data && !data.hours.open && c?.state !== "active" && <p class="bar warn"><span>{data.widget.closed_text || t("closed")}{opens ? ` ${t("opens", { at: opens })}` : ""}</span></p>}
      {c?.state === "queued" && (c.position || c.wait_estimate_ms) ? (
        <p class="bar"><strong>{c.position ? (c.position === 1 ? t("next") : t("position", { n: c.position })) : t("waiting")}</strong>{c.wait_estimate_ms ? <span>{wait(c.wait_estimate_ms, t)}</span> : null}</p>
      ) : null}
    </div>
  );
}

function Menu({ done, ask, failed }: { done(): void; ask(): void; failed(is: boolean): void }) {
  const { chat, t, language } = useHere();
  const title = useTitle();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector("button")?.focus(), []);
  const c = chat.model.conversation!;
  const get = async () => {
    done();
    failed(false);
    while (await chat.earlier());
    if (chat.model.more) return failed(true); // half of it would look like all
    const head = [title, t("protocol", { number: c.protocol_number })];
    save(new Blob([transcript(head, chat.model.messages, t, language)], { type: "text/plain;charset=utf-8" }), `chat-${c.protocol_number}.txt`);
  };
  const key = (e: KeyboardEvent) => {
    if (e.key === "Escape") return e.stopPropagation(), done();
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
    const all = [...box.current!.querySelectorAll("button")];
    const at = all.indexOf((box.current!.getRootNode() as ShadowRoot).activeElement as HTMLButtonElement);
    all.at((at + (e.key === "ArrowDown" ? 1 : -1)) % all.length)?.focus();
    e.preventDefault();
  };
  return (
    <div class="menu" role="menu" aria-label={t("menu")} ref={box} onKeyDown={key}>
      <button type="button" role="menuitem" onClick={() => void get()}><Icon name="save" />{t("transcript")}</button>
      {c.state !== "closed" && <button type="button" role="menuitem" onClick={() => (done(), ask())}><Icon name="stop" />{t("end")}</button>}
    </div>
  );
}

function EndAsk({ done }: { done(): void }) {
  const { chat, t } = useHere();
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), []);
  return (
    <div class="ask" role="group" aria-label={t("endAsk")}>
      <p>{t("endAsk")}</p>
      <button type="button" class="button plain" ref={no} onClick={done}>{t("back")}</button>
      <button type="button" class="button" onClick={() => (chat.finish(), done())}>{t("endYes")}</button>
    </div>
  );
}

function Body() {
  const { chat, t } = useHere();
  const { phase, unproven, data, conversation: c, answers } = chat.model;
  if (phase === "refused" || phase === "superseded" || phase === "signed_out") return <p class="empty" role="alert">{t(unproven ? "unproven" : "refused")}</p>;
  if (!data) return <p class="empty" role="status">{t(phase === "offline" ? "offline" : "connecting")}</p>;
  if (data.widget.pre_chat.length > 0 && !answers && !c) return <Form asks={data.widget.pre_chat} />;
  return <><Log /><Composer /></>;
}

/** The window. On small screens it fills them, and keeps the focus inside. */
export function Panel({ close }: { close(): void }) {
  const { chat, t, language } = useHere();
  const { open, data, conversation: c } = chat.model;
  const box = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState(false);
  const [asking, setAsking] = useState(false);
  const [failed, setFailed] = useState(false); // the transcript
  const title = useTitle();
  const form = !!data && data.widget.pre_chat.length > 0 && !chat.model.answers && !c;
  const focus = () => (box.current?.querySelector<HTMLElement>("textarea[rows='1'], .form input") ?? box.current)?.focus();
  useEffect(() => {
    if (open) focus();
  }, [open, !!data, form]);
  const key = (e: KeyboardEvent) => {
    if (e.key === "Escape") return e.stopPropagation(), close();
    if (e.key === "Tab" && matchMedia(small).matches) trap(e, box.current!);
  };
  const leaveMenu = () => (setMenu(false), box.current?.querySelector<HTMLElement>(".more")?.focus());
  return (
    <div class="panel" role="dialog" lang={language} aria-label={title} aria-modal={matchMedia(small).matches} hidden={!open} tabIndex={-1} ref={box} onKeyDown={key} onClick={(e) => menu && !(e.target as Element).closest(".menu, .more") && setMenu(false)}>
      <header class="head">
        <div class="head-text"><h2>{title}</h2><Standing /></div>
        {c && <button type="button" class="round more" aria-label={t("menu")} aria-haspopup="menu" aria-expanded={menu} onClick={() => setMenu(!menu)}><Icon name="more" /></button>}
        <button type="button" class="round shut" aria-label={t("close")} onClick={close}><Icon name="close" /></button>
      </header>
      {menu && <Menu done={leaveMenu} ask={() => setAsking(true)} failed={setFailed} />}
      <Bars />
      {failed && <p class="bar warn" role="alert">{t("error.other")}</p>}
      {asking && <EndAsk done={() => (setAsking(false), focus())} />}
      <Body />
    </div>
  );
}

/** Leads the focus round. */
function trap(e: KeyboardEvent, box: HTMLElement): void {
  const all = [...box.querySelectorAll<HTMLElement>("button:not([disabled]), input:not([hidden]), textarea, a[href], [tabindex='0']")].filter((x) => x.getClientRects().length);
  const at = (box.getRootNode() as ShadowRoot).activeElement;
  const edge = e.shiftKey ? all[0] : all.at(-1);
  if (at !== edge && at !== box) return;
  e.preventDefault();
  (e.shiftKey ? all.at(-1) : all[0])?.focus();
}
