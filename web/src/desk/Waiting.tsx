import { Hand } from "lucide-react";
import { useEffect } from "react";
import { useMode } from "../state/script.ts";
import { useDesk } from "../state/store.ts";
import { pick } from "../state/waiting.ts";
import { duration, identity } from "../ui/format.ts";
import { ChannelIcon } from "../ui/Names.tsx";
import { useNow } from "../ui/now.ts";
import { Failed, Loading } from "../ui/States.tsx";
import { useRest } from "../ui/useRest.ts";
import type { Ref, WaitingConversation } from "../wire/protocol.ts";
import type { Page } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";

const shown = 20;
const none: Ref[] = [];

/** Who waits in the queues from which one picks, in order and live. */
export function Waiting() {
  const queues = useDesk((d) => d.agent?.queues ?? none);
  return queues.map((q) => <OfQueue key={q.id} queue={q} />);
}

function OfQueue({ queue }: { queue: Ref }) {
  return useMode(queue.id) === "pull" ? <List queue={queue} /> : null;
}

function List({ queue }: { queue: Ref }) {
  const t = useWords();
  const told = useDesk((d) => d.waiting[queue.id]);
  const ready = useDesk((d) => d.agent?.status === "ready");
  const live = useDesk((d) => d.phase === "live");
  const { data, load, again } = useRest<Page<WaitingConversation>>(`/queues/${queue.id}/waiting?limit=${shown}`);
  useEffect(() => void (live && again()), [told, live, again]);
  const more = (told?.waiting ?? 0) - shown;
  return (
    <section className="waiting" aria-label={t("pull.list", { queue: queue.name })}>
      <h2>{t("pull.list", { queue: queue.name })}</h2>
      {load === "loading" && <Loading rows={2} />}
      {load === "failed" && <Failed again={again} />}
      {data && !data.items.length && <p className="muted">{t("pull.none")}</p>}
      {data && data.items.length > 0 && !ready && <p className="muted">{t("pull.not_ready")}</p>}
      <ol className="waiting-list">{data?.items.map((w) => <Item key={w.conversation_id} waiting={w} ready={ready} />)}</ol>
      {more > 0 && <p className="muted">{t("pull.more", { n: more })}</p>}
    </section>
  );
}

function Item({ waiting: w, ready }: { waiting: WaitingConversation; ready: boolean }) {
  const t = useWords();
  const now = useNow();
  const picking = useDesk((d) => d.picking);
  const name = w.contact.name || identity(w.contact.identity);
  return (
    <li className="waiting-item" data-waiting={w.conversation_id}>
      <ChannelIcon kind={w.channel.kind} />
      <span className="waiting-main">
        <span className="waiting-line"><strong>{name}</strong><span className="muted">{w.subject}</span><span className="tabular waiting-time">{duration(now - Date.parse(w.enqueued_at))}</span></span>
        <span className="waiting-text">{w.last_text}</span>
      </span>
      <button type="button" className="button small primary" disabled={!ready || picking !== ""} aria-label={t("pull.pick.name", { name })} onClick={() => void pick(w.conversation_id)}><Hand size={14} aria-hidden />{t("pull.pick")}</button>
    </li>
  );
}
