import { useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { ArrowLeft, FileDown, PanelRight, Pause, Play } from "lucide-react";
import { cancelTransfer, hold, openTalk } from "../state/actions.ts";
import { useScript } from "../state/script.ts";
import { openTool } from "../state/tools.ts";
import { useDesk } from "../state/store.ts";
import { duration, identity } from "../ui/format.ts";
import { Avatar, ChannelIcon } from "../ui/Names.tsx";
import { useNow } from "../ui/now.ts";
import type { ConversationHead } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { Composer } from "./Composer.tsx";
import { Paper, pdfOf } from "./Paper.tsx";
import { Snooze, SnoozeNotice } from "./Snooze.tsx";
import { Timeline } from "./Timeline.tsx";

export function Thread({ id }: { id: string }) {
  const head = useDesk((d) => d.talks[id]?.head);
  const t = useWords();
  if (!head) return null;
  const name = head.contact.name || identity(head.contact.identity);
  return (
    <section className="thread" aria-label={t("thread.of", { name })}>
      <header className="thread-head">
        <button type="button" className="icon-button narrow-only" aria-label={t("back")} onClick={() => openTalk(null)}><ArrowLeft size={18} /></button>
        <Avatar name={name} id={head.contact.id} />
        <div className="thread-title">
          <h2>{name}</h2>
          <p><ChannelIcon kind={head.channel.kind} size={13} /> {head.channel.name} · {identity(head.contact.identity)} · {head.queue.name}{head.subject && ` · ${head.subject}`}</p>
        </div>
        <span className="thread-protocol tabular" title={t("protocol")}>{head.protocol_number}</span>
        <button type="button" className="icon-button" aria-pressed={head.on_hold} aria-label={t(head.on_hold ? "hold.end" : "hold.start")} title={t(head.on_hold ? "hold.end" : "hold.start")} onClick={() => hold(id, !head.on_hold)}>
          {head.on_hold ? <Play size={18} /> : <Pause size={18} />}
        </button>
        {head.state === "active" && !head.snoozed_until && <Snooze id={id} />}
        <PDF id={id} />
        <button type="button" className="icon-button narrow-only" aria-label={t("tools")} onClick={() => openTool(id, "contact")}><PanelRight size={18} /></button>
      </header>
      <Notices head={head} />
      <OnPaper id={id} />
      <Timeline id={id} />
      <Composer id={id} />
    </section>
  );
}

/** What only paper shows is made when the page goes there, not with every message. Its script is loaded before. */
function OnPaper({ id }: { id: string }) {
  const queue = useDesk((d) => d.talks[id]!.head.queue.id);
  useScript(queue);
  const [printing, setPrinting] = useState(() => matchMedia("print").matches);
  useEffect(() => {
    const media = matchMedia("print");
    const look = (): void => flushSync(() => setPrinting(true));
    const over = (): void => setPrinting(media.matches);
    addEventListener("beforeprint", look);
    addEventListener("afterprint", over);
    media.addEventListener("change", over);
    return () => {
      removeEventListener("beforeprint", look);
      removeEventListener("afterprint", over);
      media.removeEventListener("change", over);
    };
  }, []);
  return printing ? <PaperNow id={id} /> : null;
}

function PaperNow({ id }: { id: string }) {
  const talk = useDesk((d) => d.talks[id]);
  return talk ? <Paper head={talk.head} messages={talk.messages} /> : null;
}

export function PDF({ id }: { id: string }) {
  const t = useWords();
  return (
    <a className="icon-button" href={pdfOf(id)} target="_blank" rel="noreferrer" aria-label={t("pdf")} title={t("pdf")}>
      <FileDown size={18} aria-hidden />
    </a>
  );
}

/** What holds for the conversation at the moment. */
function Notices({ head }: { head: ConversationHead }) {
  const t = useWords();
  const now = useNow();
  return (
    <>
      {head.transfer && (
        <div className="notice" role="status">
          <span>{t("transfer.pending", { name: head.transfer.to_name })}</span>
          <span className="tabular">{duration(Date.parse(head.transfer.expires_at) - now)}</span>
          <button type="button" className="button small" onClick={() => cancelTransfer(head.id)}>{t("cancel")}</button>
        </div>
      )}
      {head.snoozed_until && <SnoozeNotice id={head.id} until={head.snoozed_until} />}
      {head.on_hold && <div className="notice" role="status"><Pause size={14} aria-hidden />{t("hold.text")}</div>}
      {head.state === "wrapup" && (
        <div className="notice" role="status">{t("wrapup.text")}{head.wrapup_until && <span className="tabular">{duration(Date.parse(head.wrapup_until) - now)}</span>}</div>
      )}
    </>
  );
}
