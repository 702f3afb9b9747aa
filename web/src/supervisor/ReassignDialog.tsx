import { useState } from "react";
import type { ConversationHead, LiveAgent } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { endWrapup, reassignAll } from "./actions.ts";
import { Ask } from "./Ask.tsx";
import { isGone } from "./figures.ts";
import { QueueChoice } from "./QueueChoice.tsx";

/** All that an agent has in progress goes back to the top of a queue; what is in wrap-up stays, or is ended. */
export function ReassignDialog({ agent, items, close }: { agent: LiveAgent; items: ConversationHead[]; close: () => void }) {
  const t = useWords();
  const [queue, setQueue] = useState("");
  const filing = items.filter((h) => h.state === "wrapup");
  const going = items.length - filing.length;
  const [end, setEnd] = useState(isGone(agent));
  const act = async (): Promise<string> => {
    const wrong = going ? await reassignAll(agent.agent.id, queue) : "";
    if (wrong || !end) return wrong;
    const ends = await Promise.all(filing.map((h) => endWrapup(h.id)));
    return ends.find((w) => w && w !== "error.conversation_closed") ?? ""; // the owner was faster
  };
  return (
    <Ask title={t("reassign.title", { name: agent.agent.name })} button={t("reassign.do")} ready={going > 0 || end} act={act} close={close}>
      {going > 0 && <p>{t("reassign.text", { n: going, name: agent.agent.name })}</p>}
      {going > 0 && <QueueChoice label={t("reassign.to")} own={t("reassign.own")} value={queue} change={setQueue} />}
      {filing.length === 0 ? <p className="muted">{t("reassign.wrapup")}</p>
        : <label className="toggle"><input type="checkbox" role="switch" checked={end} onChange={(e) => setEnd(e.target.checked)} />{t("reassign.end", { n: filing.length })}</label>}
    </Ask>
  );
}
