import { Lock } from "lucide-react";
import type { Tab } from "../state/model.ts";
import { identity } from "../ui/format.ts";
import { Avatar, ChannelIcon } from "../ui/Names.tsx";
import { Failed, Loading } from "../ui/States.tsx";
import { useRest } from "../ui/useRest.ts";
import type { Contact, ConversationHead, Identity, Message, Note } from "../wire/protocol.ts";
import { all, Refused, rest } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";
import { Bubble, NoteBubble, usePlace } from "./Bubble.tsx";
import { Facts } from "./FactsTool.tsx";
import { Records } from "./Records.tsx";
import { Paper } from "./Paper.tsx";
import { PDF } from "./Thread.tsx";
import { itemsOf } from "./Timeline.tsx";

/** An earlier conversation, to be read. */
export function HistoryTab({ tab }: { tab: Tab }) {
  const t = useWords();
  const head = useRest<ConversationHead>(`/conversations/${tab.ref}`);
  const messages = useRest(`/conversations/${tab.ref}/messages`, whole<Message>);
  const contact = useRest(head.data && `/contacts/${head.data.contact.id}`, known);
  const notes = useRest(`/conversations/${tab.ref}/notes`, whole<Note>);
  const parts = [head, messages, contact, notes];
  if (parts.some((x) => x.load === "failed")) return <Failed again={() => parts.forEach((x) => x.again())} />;
  const h = head.data;
  // shown whole or not yet, because what is shown can be printed
  if (!h || !messages.data || !notes.data || contact.load === "loading") return <div className="past"><Loading rows={8} /></div>;
  const name = h.contact.name || identity(h.contact.identity);
  return (
    <div className="past">
      <section className="thread" aria-label={t("thread.of", { name })}>
        <header className="thread-head">
          <Avatar name={name} id={h.contact.id} />
          <div className="thread-title"><h1>{name}</h1><p><ChannelIcon kind={h.channel.kind} size={13} /> {h.channel.name} · {identity(h.contact.identity)} · {h.queue.name}</p></div>
          <span className="thread-protocol tabular">{h.protocol_number}</span>
          <PDF id={h.id} />
        </header>
        <div className="notice"><Lock size={14} aria-hidden />{t("history.readonly")}</div>
        <Paper head={h} messages={messages.data} />
        <div className="timeline-frame"><div className="timeline" role="log" aria-label={t("thread.messages")} tabIndex={0}>
          <Said head={h} messages={messages.data} notes={notes.data} documents={contact.data?.documents ?? none} />
        </div></div>
      </section>
      <aside className="past-side" aria-label={t("tool.facts")}><h2>{t("tool.facts")}</h2><Facts head={h} /><Records id={h.id} version={h.version} /></aside>
    </div>
  );
}

const none: Identity[] = [];

const whole = <T,>(path: string): Promise<T[]> => all<T>(path, Infinity);

/** A contact, or null when it was forgotten. */
async function known(path: string): Promise<Contact | null> {
  try {
    return await rest<Contact>(path);
  } catch (e) {
    if (e instanceof Refused && e.status === 404) return null;
    throw e;
  }
}

function Said({ head, messages, notes, documents }: { head: ConversationHead; messages: Message[]; notes: Note[]; documents: Identity[] }) {
  const place = usePlace(head, documents);
  return itemsOf(messages, notes).map((x) => (x.message ? <Bubble key={x.message.id} message={x.message} place={place} /> : <NoteBubble key={x.note!.id} note={x.note!} />));
}
