/** @jsxImportSource preact */
import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../src/wire/protocol.ts";
import { fromUs } from "./model.ts";
import { FileOf, Icon, useHere } from "./parts.tsx";
import { Rating } from "./Rating.tsx";
import { clock, day, nameOf, parts } from "./text.ts";

function Text({ text }: { text: string }) {
  return <>{parts(text).map((p) => (p.href ? <a href={p.href} target="_blank" rel="noopener noreferrer nofollow">{p.text}</a> : p.text))}</>;
}

function Said({ m, first, read }: { m: Message; first: boolean; read: boolean }) {
  const { t, language } = useHere();
  const ours = fromUs(m);
  if (m.author.kind === "system") return <p class="notice">{m.redacted ? t("redacted") : m.text}</p>;
  return (
    <div class={`row ${ours ? "ours" : ""} ${first ? "first" : ""}`} data-seq={m.seq}>
      {ours || !first ? <span class="off">{nameOf(m, t)}</span> : <span class="who">{nameOf(m, t)}</span>}
      {m.redacted ? <div class="bubble gone">{t("redacted")}</div> : m.text && <div class="bubble"><Text text={m.text} /></div>}
      {m.attachments.map((a) => <FileOf key={a.id} a={a} />)}
      <span class="meta">
        <time dateTime={m.at}>{clock(m.at, language)}</time>
        {m.edited_at && !m.redacted && <span>{t("edited")}</span>}
        {ours && <><Icon name={read ? "checks" : "check"} /><span class="state">{t(read ? "read" : "sent")}</span></>}
      </span>
    </div>
  );
}

/** What the visitor has written and the server has not confirmed. */
function Waiting() {
  const { chat, t } = useHere();
  return (
    <>
      {chat.pending().map((p) => (
        <div class="row ours first pending" key={p.id}>
          <span class="off">{t("you")}</span>
          {p.text && <div class="bubble"><Text text={p.text} /></div>}
          {p.files.length > 0 && <span class="meta">{t("file", { n: p.files.length })}</span>}
          <span class="meta"><Icon name="clock" />{t("sending")}</span>
        </div>
      ))}
      {chat.model.failed.map((f) => (
        <div class="row ours first" key={f.id}>
          <div class="bubble unsent">{f.text || t("file", { n: f.files.length })}</div>
          <span class="meta bad">{t("failed")}: {t(f.error)} <button type="button" class="link" onClick={() => chat.say(f.text, f.files, f.id)}>{t("retry")}</button></span>
        </div>
      ))}
    </>
  );
}

function Messages() {
  const { chat, language } = useHere();
  const { messages, conversation: c } = chat.model;
  return (
    <>
      {messages.map((m, i) => {
        const before = messages[i - 1];
        const newDay = !before || day(before.at, language) !== day(m.at, language);
        const first = newDay || before.author.kind !== m.author.kind || before.author.name !== m.author.name || before.conversation_id !== m.conversation_id;
        const read = m.conversation_id !== c?.id || m.seq <= c.read_seq;
        return (
          <Fragment key={m.id}>
            {newDay && <p class="day">{day(m.at, language)}</p>}
            <Said m={m} first={first} read={read} />
          </Fragment>
        );
      })}
    </>
  );
}

/** The conversation. It stays at its end while one looks there, and where it is while one reads above. */
export function Log() {
  const { chat, t } = useHere();
  const { messages, more, loading, typing, conversation: c, data, open } = chat.model;
  const box = useRef<HTMLDivElement>(null);
  const place = useRef({ bottom: true, first: "", height: 0 });
  const [below, setBelow] = useState(false);
  const first = messages[0]?.id ?? "";
  const shown = `${messages.at(-1)?.id} ${chat.pending().length} ${chat.model.failed.length} ${typing} ${c?.state} ${c?.rating_asked}`;
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  useLayoutEffect(() => {
    const b = box.current!;
    const p = place.current;
    if (p.first && first !== p.first && b.scrollHeight > p.height && !p.bottom) b.scrollTop += b.scrollHeight - p.height;
    else if (p.bottom || chat.pending().length) toEnd();
    else setBelow(true);
    place.current = { ...p, first, height: b.scrollHeight };
  }, [first, shown, open]);
  useEffect(() => {
    const watch = new ResizeObserver(() => place.current.bottom && toEnd()); // pictures that arrive, a keyboard that opens
    watch.observe(box.current!);
    for (const x of box.current!.children) watch.observe(x);
    return () => watch.disconnect();
  }, [messages.length]);
  const scrolled = () => {
    const b = box.current!;
    place.current.bottom = b.scrollHeight - b.scrollTop - b.clientHeight < 40;
    if (place.current.bottom) setBelow(false);
  };
  const asks = c?.state === "closed" && c.rating_asked;
  return (
    <>
      <div class="log" role="log" aria-live="polite" aria-label={t("messages")} aria-busy={loading} tabIndex={0} ref={box} onScroll={scrolled}>
        {more && <button type="button" class="link earlier" disabled={loading} onClick={() => void chat.earlier()}>{t("earlier")}</button>}
        {!more && data?.widget.welcome && <div class="row first"><div class="bubble welcome"><Text text={data.widget.welcome} /></div></div>}
        <Messages />
        {c?.state === "closed" && <p class="notice">{t("ended")} · {t("protocol", { number: c.protocol_number })}<br />{t("endedMore")}</p>}
        {asks && <Rating key={c.id} />}
        <Waiting />
        {typing !== null && <p class="typing"><span class="dots" aria-hidden="true"><i /><i /><i /></span>{t("typing", { name: typing || t("agent") })}</p>}
      </div>
      {below && <button type="button" class="down" onClick={toEnd}>{t("newMessages")}</button>}
    </>
  );
}
