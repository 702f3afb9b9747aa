import { Search } from "lucide-react";
import { Fragment, type FormEvent, useState } from "react";
import { openHistory } from "../state/actions.ts";
import { read, write } from "../state/keep.ts";
import { useDesk } from "../state/store.ts";
import { identity, moment } from "../ui/format.ts";
import { ChannelIcon } from "../ui/Names.tsx";
import { Empty, Failed, Loading, More } from "../ui/States.tsx";
import { usePages } from "../ui/usePages.ts";
import type { SearchHit } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";

interface Asked {
  q: string;
  author: string;
  queue: string;
  from: string;
  to: string;
}

const nothing: Asked = { q: "", author: "", queue: "", from: "", to: "" };

export function pathOf(a: Asked): string {
  const p = new URLSearchParams({ q: a.q, limit: "30" });
  if (a.author) p.set("author", a.author);
  if (a.queue) p.set("queue_id", a.queue);
  if (a.from) p.set("from", new Date(`${a.from}T00:00`).toISOString());
  if (a.to) {
    const next = new Date(`${a.to}T00:00`);
    next.setDate(next.getDate() + 1); // not 24 hours: where clocks are changed a day has 23 or 25
    p.set("to", next.toISOString());
  }
  return `/search?${p}`;
}

/** Full text over all messages and notes that one may see, newest first. */
export function FindTab() {
  const t = useWords();
  const queues = useDesk((d) => d.queues);
  const [asked, setAsked] = useState(() => read("pronto.find", nothing, sessionStorage));
  const { items, load, more, again } = usePages<SearchHit>(asked.q ? pathOf(asked) : null);
  const submit = (e: FormEvent<HTMLFormElement>): void => {
    e.preventDefault();
    const form = new FormData(e.currentTarget);
    const next = Object.fromEntries(Object.keys(nothing).map((k) => [k, String(form.get(k) ?? "").trim()])) as unknown as Asked;
    write("pronto.find", next, sessionStorage);
    setAsked(next);
    again();
  };
  return (
    <div className="find">
      <h1>{t("find")}</h1>
      <form className="find-form" role="search" onSubmit={submit}>
        <label className="find-words">{t("find.words")}<input name="q" type="search" defaultValue={asked.q} required maxLength={200} autoFocus autoComplete="off" placeholder={t("find.hint")} /></label>
        <label>{t("find.author")}<select name="author" defaultValue={asked.author}><option value="">{t("find.anybody")}</option>{(["contact", "agent", "note"] as const).map((x) => <option key={x} value={x}>{t(`find.${x}`)}</option>)}</select></label>
        <label>{t("offer.queue")}<select name="queue" defaultValue={asked.queue}><option value="">{t("find.anybody")}</option>{queues.map((q) => <option key={q.id} value={q.id}>{q.name}</option>)}</select></label>
        <label>{t("find.from")}<input name="from" type="date" defaultValue={asked.from} /></label>
        <label>{t("find.to")}<input name="to" type="date" defaultValue={asked.to} /></label>
        <button type="submit" className="button primary"><Search size={15} aria-hidden />{t("find.go")}</button>
      </form>
      {!asked.q && <Empty icon={Search} title={t("find.start")}>{t("find.hint")}</Empty>}
      {asked.q && load === "failed" && <Failed again={again} />}
      {asked.q && load === "loading" && items.length === 0 && <Loading rows={6} />}
      {asked.q && load === "ready" && items.length === 0 && <Empty icon={Search} title={t("nothing")} />}
      <ul className="history" aria-label={t("find")}>{items.map((h) => <li key={h.id}><Hit hit={h} /></li>)}</ul>
      <More more={more} busy={load === "loading"} />
    </div>
  );
}

export function Hit({ hit: h }: { hit: SearchHit }) {
  const t = useWords();
  const name = h.contact.name || identity(h.contact.identity);
  return (
    <button type="button" className="history-item" onClick={() => openHistory(h.conversation_id, name)}>
      <span className="history-line"><ChannelIcon kind={h.channel.kind} /><strong>{name}</strong><span className="muted">{moment(h.at)}</span><span className={`chip ${h.state}`}>{t.or(`state.${h.state}`, "state.closed")}</span></span>
      <span className="find-text"><strong>{h.author.name}: </strong><Marked text={h.excerpt.text} places={h.excerpt.highlights} /></span>
      <span className="history-line muted">{h.queue.name} · {h.protocol_number}{h.kind === "note" && ` · ${t("note")}`}</span>
    </button>
  );
}

function Marked({ text, places }: { text: string; places: { start: number; end: number }[] }) {
  const letters = [...text];
  let at = 0;
  const cut = (end: number): string => {
    const part = letters.slice(at, end).join("");
    at = end;
    return part;
  };
  const bits = places.map((p) => ({ before: cut(p.start), hit: cut(p.end) }));
  return <>{bits.map((b, i) => <Fragment key={i}>{b.before}<mark>{b.hit}</mark></Fragment>)}{cut(letters.length)}</>;
}
