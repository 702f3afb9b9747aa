import { History, Search } from "lucide-react";
import { useState } from "react";
import { openHistory } from "../state/actions.ts";
import { useDesk } from "../state/store.ts";
import { identity, moment } from "../ui/format.ts";
import { ChannelIcon } from "../ui/Names.tsx";
import { Empty, Failed, Loading, More } from "../ui/States.tsx";
import { usePages } from "../ui/usePages.ts";
import { useTyped } from "../ui/useTyped.ts";
import type { ConversationHead, SearchHit } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { Stars } from "./Stars.tsx";
import { Hit } from "./FindTab.tsx";

/** Every time the customer was here before, over all identities; each opens in a tab of its own, to be read. */
export function HistoryTool({ id }: { id: string }) {
  const t = useWords();
  const contact = useDesk((d) => d.talks[id]?.head.contact.id ?? "");
  const [typed, setTyped] = useState("");
  const asked = useTyped(typed);
  return (
    <>
      <div className="search"><Search size={15} aria-hidden /><input type="search" aria-label={t("history.find")} placeholder={t("history.find")} value={typed} maxLength={200} onChange={(e) => setTyped(e.target.value)} /></div>
      {asked ? <Found path={`/search?limit=30&contact_id=${contact}&q=${encodeURIComponent(asked)}`} /> : <Past path={contact && `/contacts/${contact}/conversations?limit=30`} without={id} />}
    </>
  );
}

function Past({ path, without }: { path: string; without: string }) {
  const t = useWords();
  const { items, load, more, again } = usePages<ConversationHead>(path || null);
  const past = items.filter((h) => h.id !== without);
  if (load === "failed") return <Failed again={again} />;
  if (load === "loading" && !past.length) return <Loading />;
  if (!past.length && !more) return <Empty icon={History} title={t("history.none")} />;
  return (
    <>
      <ul className="history">
        {past.map((h) => (
          <li key={h.id}><button type="button" className="history-item" onClick={() => openHistory(h.id, h.contact.name || identity(h.contact.identity))}>
            <span className="history-line"><ChannelIcon kind={h.channel.kind} /><strong>{moment(h.opened_at)}</strong><span className={`chip ${h.state}`}>{t.or(`state.${h.state}`, "state.closed")}</span></span>
            <span className="history-line muted">{h.queue.name}{h.subject && ` · ${h.subject}`} · {h.protocol_number}</span>
            {h.rating && <Stars rating={h.rating} comment />}
            {h.last_message && <span className="history-last">{h.last_message.text}</span>}
          </button></li>
        ))}
      </ul>
      <More more={more} busy={load === "loading"} />
    </>
  );
}

function Found({ path }: { path: string }) {
  const t = useWords();
  const { items, load, more, again } = usePages<SearchHit>(path);
  if (load === "failed") return <Failed again={again} />;
  if (load === "loading" && !items.length) return <Loading />;
  if (!items.length) return <Empty icon={Search} title={t("nothing")} />;
  return <><ul className="history">{items.map((h) => <li key={h.id}><Hit hit={h} /></li>)}</ul><More more={more} busy={load === "loading"} /></>;
}
