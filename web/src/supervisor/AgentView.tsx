import { Inbox, Shuffle, UserCog, UserRound } from "lucide-react";
import { useState } from "react";
import { go } from "../state/route.ts";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import type { ConversationHead } from "../wire/protocol.ts";
import type { Page } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";
import { AgentState } from "./AgentState.tsx";
import { useBoard } from "./board.ts";
import { isGone } from "./figures.ts";
import { Back, listKeys } from "./QueueView.tsx";
import { ReassignDialog } from "./ReassignDialog.tsx";
import { StatusDialog } from "./StatusDialog.tsx";
import { ServedItem } from "./TalkItem.tsx";
import { Timer } from "./Timer.tsx";
import { useEscape } from "./useEscape.ts";
import { useLiveRest } from "./useLiveRest.ts";
import { Watching } from "./Watching.tsx";

/** One agent: the state, what a supervisor can do about it, and the conversations in progress. */
export function AgentView({ id, conversation }: { id: string; conversation: string }) {
  const t = useWords();
  const agent = useBoard((b) => b.agents.get(id));
  const ready = useBoard((b) => b.load === "ready");
  const [asked, ask] = useState<"" | "status" | "reassign">("");
  const mine = useLiveRest<Page<ConversationHead>>(`/conversations?agent_id=${id}&state=active,wrapup&limit=100`, agent ? `${agent.conversations} ${agent.load}` : "");
  useEscape(() => go("supervisor"));
  const place = { kind: "agents", of: id, open: conversation };
  if (ready && !agent) return <div className="sup-none"><Back /><Empty icon={UserRound} title={t("sup.agentGone")} /></div>;
  const items = mine.data?.items ?? [];
  return (
    <div className="drill">
      <aside className="drill-list" aria-labelledby="drill-title">
        <header className="drill-head">
          <Back />
          <div className="drill-title"><h2 id="drill-title">{agent?.agent.name ?? t("loading")}</h2>
            {agent && <p className="drill-state"><AgentState agent={agent} /><Timer since={agent.status_since} /><span className="muted tabular">{agent.load}/{agent.capacity}</span></p>}
          </div>
        </header>
        {agent && (
          <div className="drill-actions">
            <button type="button" className="button small" onClick={() => ask("status")}><UserCog size={14} aria-hidden />{t("status.force")}</button>
            <button type="button" className={`button small${isGone(agent) && items.length ? " primary" : ""}`} disabled={!items.length} onClick={() => ask("reassign")}><Shuffle size={14} aria-hidden />{t("reassign.all")}</button>
          </div>
        )}
        <div className="drill-items" onKeyDown={listKeys}>
          {mine.failed ? <Failed again={mine.again} /> : !mine.data && <Loading rows={4} />}
          {mine.data && !items.length && <Empty icon={Inbox} title={t("agent.empty")} />}
          {items.length > 0 && <h3>{t("queue.served", { n: items.length })}</h3>}
          {items.map((h) => <ServedItem key={h.id} head={h} place={place} />)}
        </div>
      </aside>
      <Watching id={conversation} />
      {agent && asked === "status" && <StatusDialog agent={agent} close={() => ask("")} />}
      {agent && asked === "reassign" && <ReassignDialog agent={agent} items={items} close={() => ask("")} />}
    </div>
  );
}
