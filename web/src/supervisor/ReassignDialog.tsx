import { useState } from "react";
import type { LiveAgent } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { reassignAll } from "./actions.ts";
import { Ask } from "./Ask.tsx";
import { QueueChoice } from "./QueueChoice.tsx";

/** All that an agent has in progress goes back to the top of a queue. */
export function ReassignDialog({ agent, count, close }: { agent: LiveAgent; count: number; close: () => void }) {
  const t = useWords();
  const [queue, setQueue] = useState("");
  return (
    <Ask title={t("reassign.title", { name: agent.agent.name })} button={t("reassign.do")} act={() => reassignAll(agent.agent.id, queue)} close={close}>
      <p>{t("reassign.text", { n: count, name: agent.agent.name })}</p>
      <QueueChoice label={t("reassign.to")} own={t("reassign.own")} value={queue} change={setQueue} />
      <p className="muted">{t("reassign.wrapup")}</p>
    </Ask>
  );
}
