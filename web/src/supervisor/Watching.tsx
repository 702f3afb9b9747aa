import { Eye, MessageSquareShare } from "lucide-react";
import { useEffect } from "react";
import { openTalk } from "../state/actions.ts";
import { useDesk } from "../state/store.ts";
import { identity } from "../ui/format.ts";
import { Avatar, ChannelIcon } from "../ui/Names.tsx";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import type { ConversationHead } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { useBoard } from "./board.ts";
import { Log } from "./Log.tsx";
import { Timer } from "./Timer.tsx";
import { unwatch, useWatched, watch } from "./watching.ts";
import { WatchActions } from "./WatchActions.tsx";
import { Whisper } from "./Whisper.tsx";

/** A conversation as it goes on. Neither its agent nor the customer is told that somebody looks. */
export function Watching({ id }: { id: string }) {
  const t = useWords();
  const w = useWatched();
  useEffect(() => {
    if (!id) return;
    watch(id);
    return unwatch;
  }, [id]);
  if (!id) return <section className="thread none"><Empty icon={Eye} title={t("watch.none")}>{t("watch.none.text")}</Empty></section>;
  if (w?.id === id && w.load === "failed") return <section className="thread none">{w.problem === "not_found" ? <Empty icon={Eye} title={t("watch.gone")} /> : <Failed again={() => watch(id)} />}</section>;
  const talk = w?.id === id ? w.talk : null;
  if (!talk || !w) return <section className="thread"><Loading rows={6} /></section>;
  const name = talk.head.contact.name || identity(talk.head.contact.identity);
  return (
    <section className="thread watched" aria-label={t("watch.of", { name })}>
      <Head head={talk.head} />
      <WatchActions head={talk.head} />
      {w.problem === "ended" && <p className="notice" role="status">{t("watch.ended")}</p>}
      <Log talk={talk} typing={w.typing} more={w.more} />
      {talk.head.state !== "closed" && w.problem !== "ended" && <Whisper key={id} id={id} waits={!talk.head.owner_agent_id} />}
    </section>
  );
}

function Head({ head: h }: { head: ConversationHead }) {
  const t = useWords();
  const me = useDesk((d) => d.user?.id);
  const owner = useBoard((b) => (h.owner_agent_id ? (b.agents.get(h.owner_agent_id)?.agent.name ?? "") : ""));
  const name = h.contact.name || identity(h.contact.identity);
  return (
    <header className="thread-head">
      <Avatar name={name} id={h.contact.id} />
      <div className="thread-title">
        <h2>{name}</h2>
        <p><ChannelIcon kind={h.channel.kind} size={13} /> {h.channel.name} · {identity(h.contact.identity)} · {h.queue.name} · {h.protocol_number}</p>
      </div>
      <div className="watch-state">
        <span className={`chip ${h.state}`}>{t.or(`state.${h.state}`, "state.active")}{h.priority !== 0 && ` · ${t("talks.priority", { n: h.priority > 0 ? `+${h.priority}` : h.priority })}`}</span>
        <span className="muted">{h.owner_agent_id === me ? t("you") : owner || t("talks.nobody")} <Timer since={h.assigned_at ?? h.enqueued_at} /></span>
      </div>
      {h.owner_agent_id === me && <button type="button" className="button small" onClick={() => openTalk(h.id)}><MessageSquareShare size={14} aria-hidden />{t("watch.openOwn")}</button>}
    </header>
  );
}
