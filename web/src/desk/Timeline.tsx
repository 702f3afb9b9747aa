import { ArrowDown } from "lucide-react";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { complainRest, markRead } from "../state/actions.ts";
import { load, loadEarlier } from "../state/messages.ts";
import type { Pending } from "../state/model.ts";
import { useDesk } from "../state/store.ts";
import { day } from "../ui/format.ts";
import { Failed, Loading } from "../ui/States.tsx";
import type { Message, Note } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { Bubble, NoteBubble, PendingBubble, type Place, usePlace } from "./Bubble.tsx";

const shownAtEnd = 150; // messages in the page while one is at the end: each picture lays all of them out
const earlierStep = 300; // how many more each time one goes further up
const nearPX = 60; // so near to the end counts as being there
const places: { [conversation: string]: number } = {}; // scroll positions of conversations that were left in the middle

type Item = { at: string; message?: Message; note?: Note };

/** One message or note, under its day where that begins: drawn again only when it changes itself. */
const Row = memo(function Row({ message, note, heading, place }: { message: Message | undefined; note: Note | undefined; heading: string; place: Place }) {
  return (
    <>
      {heading && <p className="day"><span>{heading}</span></p>}
      {message ? <Bubble message={message} place={place} /> : <NoteBubble note={note!} />}
    </>
  );
});

/** Messages in the server's order; notes where they fell in time. */
export function itemsOf(messages: Message[], notes: Note[]): Item[] {
  const out: Item[] = messages.map((message) => ({ at: message.at, message }));
  for (const note of notes) {
    let at = out.length;
    while (at > 0 && out[at - 1]!.at > note.at) at--;
    out.splice(at, 0, { at: note.at, note });
  }
  return out;
}

/** What was said, under the day on which it was. */
export function Items({ items, place }: { items: Item[]; place: Place }) {
  let before = "";
  return items.map((x) => {
    const on = day(x.at);
    const heading = on === before ? "" : on;
    before = on;
    return <Row key={x.message?.id ?? x.note?.id} message={x.message} note={x.note} heading={heading} place={place} />;
  });
}

const none: Pending[] = [];

export function Timeline({ id }: { id: string }) {
  const t = useWords();
  const talk = useDesk((d) => d.talks[id])!;
  const all = useDesk((d) => (d.pending.length ? d.pending : none));
  const pending = all.filter((p) => p.conversation === id && !p.seen);
  const place = usePlace(talk.head, talk.documents);
  const whole = useMemo(() => itemsOf(talk.messages, talk.notes), [talk.messages, talk.notes]);
  const [from, setFrom] = useState<number | null>(null); // the seq that one has gone up to
  const start = from === null ? Math.max(0, whole.length - shownAtEnd) : whole.findIndex((x) => (x.message?.seq ?? 0) >= from);
  const items = start > 0 ? whole.slice(start) : whole;
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(places[id] === undefined);
  const [below, setBelow] = useState(false);
  useEffect(() => void load(id), [id]);

  const end = (): void => box.current?.scrollTo({ top: box.current.scrollHeight });
  const count = items.length + pending.length;
  useLayoutEffect(() => {
    if (follows.current) end();
    else if (places[id] !== undefined && box.current) box.current.scrollTop = places[id];
  }, [count, talk.load, talk.typing, id]);
  const mine = pending.length;
  useLayoutEffect(() => {
    if (!mine) return;
    follows.current = true;
    end();
  }, [mine]);

  const scrolled = (): void => {
    const b = box.current;
    if (!b) return;
    follows.current = b.scrollHeight - b.scrollTop - b.clientHeight < nearPX;
    if (follows.current && from !== null) setFrom(null);
    if (follows.current) delete places[id];
    else places[id] = b.scrollTop;
    setBelow(!follows.current);
  };
  useSeen(id, talk.load === "ready" ? talk.head.last_seq : 0, talk.head.unread, !below);

  const first = items.find((x) => x.message)?.message?.seq ?? 0;
  const earlier = async (): Promise<void> => {
    const b = box.current;
    const rest = b ? b.scrollHeight - b.scrollTop : 0;
    follows.current = false;
    const to = Math.max(1, first - earlierStep);
    if ((talk.messages[0]?.seq ?? 0) > to) await loadEarlier(id).catch(complainRest);
    setFrom(to);
    requestAnimationFrame(() => b && (b.scrollTop = b.scrollHeight - rest));
  };
  return (
    <div className="timeline-frame">
      <div className="timeline" ref={box} onScroll={scrolled} role="log" aria-label={t("thread.messages")} tabIndex={0}>
        {talk.load === "loading" && <Loading rows={5} />}
        {talk.load === "failed" && <Failed again={() => void load(id)} />}
        {first > 1 && <p className="center"><button type="button" className="button small" onClick={() => void earlier()}>{t("thread.earlier")}</button></p>}
        <Items items={items} place={place} />
        {pending.map((p) => <PendingBubble key={p.id} pending={p} />)}
        {talk.typing && <p className="is-typing" role="status"><i /><i /><i /><span>{t("typing.by", { name: talk.head.contact.name || t("contact.unnamed") })}</span></p>}
      </div>
      {below && <button type="button" className="to-end" onClick={end}><ArrowDown size={14} aria-hidden />{talk.head.unread > 0 ? t("unread", { n: talk.head.unread }) : t("thread.end")}</button>}
    </div>
  );
}

/** Marks as read what was really seen: the page is in front, has the focus, and the end is in view. */
function useSeen(id: string, seq: number, unread: number, atEnd: boolean): void {
  useEffect(() => {
    const look = (): void => {
      if (unread > 0 && seq > 0 && atEnd && document.visibilityState === "visible" && document.hasFocus()) markRead(id, seq);
    };
    look();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [id, seq, unread, atEnd]);
}
