import { Check, CheckCheck, CircleAlert, Clock, EarOff, EyeOff, Lock, Paperclip, RotateCcw, Trash2 } from "lucide-react";
import { memo, useMemo } from "react";
import { discardMessage, retryMessage } from "../state/actions.ts";
import type { Pending } from "../state/model.ts";
import { useDesk } from "../state/store.ts";
import { bytes, clock, document, identity, moment } from "../ui/format.ts";
import { Linked } from "../ui/Linked.tsx";
import type { Attachment, ConversationHead, Identity, Message, Note } from "../wire/protocol.ts";
import { apiPrefix } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";
import { MessageMenu } from "./MessageMenu.tsx";

/** What a message must know of its conversation; the same object as long as that is the same. */
export interface Place {
  id: string;
  channel: string;
  kind: string;
  identity: string;
  documents: Identity[];
  closed: boolean;
}

export function usePlace({ id, channel, contact, state }: ConversationHead, documents: Identity[]): Place {
  const closed = state === "closed";
  return useMemo(() => ({ id, channel: channel.name, kind: channel.kind, identity: contact.identity, documents, closed }), [id, channel.name, channel.kind, contact.identity, documents, closed]);
}

/** One message. Above its text stands who sent it: number and documents, role, channel, name, time, delivery. */
export const Bubble = memo(function Bubble({ message: m, place: p }: { message: Message; place: Place }) {
  const t = useWords();
  const theirs = m.author.kind === "contact";
  const role = t.or(`author.${m.author.kind}`, "author.system");
  const name = m.author.name || (theirs ? t("contact.unnamed") : role);
  const id = m.author.identity ? identity(m.author.identity) : theirs ? identity(p.identity) : "";
  return (
    <article className={`message ${theirs ? "theirs" : "ours"} ${m.author.kind}`} data-seq={m.seq} aria-label={t("message.of", { role, name })}>
      <header className="message-head">
        <p className="message-id">{id && <span className="tabular">{id}</span>}{theirs && p.documents.map((d) => <span key={d.kind + d.value} className="tabular">{d.kind.toUpperCase()} {document(d.value)}</span>)}<span>{role}</span><span>{p.channel}</span></p>
        <p className="message-name"><strong>{name}</strong><time dateTime={m.at} title={moment(m.at)}>{clock(m.at)}</time>{m.edited_at && <span className="muted" title={moment(m.edited_at)}>{t("message.edited")}</span>}{!theirs && <Delivery state={m.delivery ?? ""} error={m.error ?? ""} />}</p>
        <MessageMenu message={m} place={p} />
      </header>
      {m.redacted && <p className="message-text redacted"><EyeOff size={14} aria-hidden />{t("message.redacted")}</p>}
      {m.text && <p className="message-text"><Linked text={m.text} /></p>}
      {m.attachments.map((a) => <File key={a.id} file={a} />)}
    </article>
  );
});

const marks = { queued: Clock, sent: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert };

function Delivery({ state, error }: { state: string; error: string }) {
  const t = useWords();
  const Icon = marks[state as keyof typeof marks];
  if (!Icon) return null;
  return <span className={`delivery ${state}`} title={error || t.or(`delivery.${state}`, "delivery.sent")}><Icon size={14} aria-hidden /><span className={state === "failed" ? "" : "hidden"}>{t.or(`delivery.${state}`, "delivery.sent")}</span></span>;
}

function File({ file: a }: { file: Attachment }) {
  const t = useWords();
  const href = `${apiPrefix}/attachments/${a.id}`;
  if (a.state !== "clean") return <p className="file"><Paperclip size={15} aria-hidden /><span>{a.name}</span><span className="muted">{t.or(`file.${a.reason || a.state}`, "file.uploaded")}</span></p>;
  return (
    <a className="file" href={href} download={a.name}>
      {a.thumbnail ? <img src={a.thumbnail} alt={a.name} loading="lazy" /> : <Paperclip size={15} aria-hidden />}
      <span>{a.name}</span><span className="muted">{bytes(a.size)}</span>
    </a>
  );
}

export function NoteBubble({ note: n }: { note: Note }) {
  const t = useWords();
  return (
    <article className={n.whisper ? "note whispered" : "note"} aria-label={t(n.whisper ? "whisper.of" : "note.of", { name: n.author.name })}>
      <p className="note-head">{n.whisper ? <EarOff size={13} aria-hidden /> : <Lock size={13} aria-hidden />}<span>{t(n.whisper ? "whisper" : "note")}</span><strong>{n.author.name}</strong><time dateTime={n.at}>{clock(n.at)}</time></p>
      <p className="message-text">{n.text}</p>
    </article>
  );
}

/** A message that the server does not have yet, or has refused. */
export function PendingBubble({ pending: p }: { pending: Pending }) {
  const t = useWords();
  const name = useDesk((d) => d.agent?.name ?? "");
  return (
    <article className={`message ours agent pending${p.error ? " refused" : ""}`} data-pending={p.id} aria-label={t("message.of", { role: t("author.agent"), name })}>
      <header className="message-head">
        <p className="message-name"><strong>{name}</strong><time>{clock(p.at)}</time>{!p.error && <span className="delivery" title={t("message.pending")}><Clock size={14} aria-hidden /><span className="hidden">{t("message.pending")}</span></span>}</p>
      </header>
      {p.text && <p className="message-text">{p.text}</p>}
      {p.attachments.map((a) => <p key={a.id} className="file"><Paperclip size={15} aria-hidden />{a.name || t("files", { n: 1 })}</p>)}
      {p.error && (
        <p className="message-refused" role="alert"><CircleAlert size={14} aria-hidden />{t.or(`error.${p.error}`, "error.internal")}
          <button type="button" className="button small" onClick={() => retryMessage(p.id)}><RotateCcw size={13} aria-hidden />{t("again")}</button>
          <button type="button" className="button small" onClick={() => discardMessage(p.id)}><Trash2 size={13} aria-hidden />{t("discard")}</button>
        </p>
      )}
    </article>
  );
}
