import { useState } from "react";
import { openTalk } from "../state/actions.ts";
import { toast } from "../state/store.ts";
import { identity } from "../ui/format.ts";
import type { ConversationHead } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { endWrapup, requeue, setPriority, takeOver } from "./actions.ts";
import { Ask } from "./Ask.tsx";
import { useBoard } from "./board.ts";
import { QueueChoice } from "./QueueChoice.tsx";

interface Props {
  head: ConversationHead;
  close: () => void;
}

const nameOf = (h: ConversationHead): string => h.contact.name || identity(h.contact.identity);

export function TakeOverDialog({ head, close }: Props) {
  const t = useWords();
  const owner = useBoard((b) => b.agents.get(head.owner_agent_id ?? "")?.agent.name ?? "");
  const act = async (): Promise<string> => {
    const wrong = await takeOver(head.id);
    if (!wrong) openTalk(head.id);
    return wrong;
  };
  return (
    <Ask title={t("takeover.title", { name: nameOf(head) })} button={t("takeover.do")} act={act} close={close}>
      <p>{owner ? t("takeover.from", { name: owner }) : t("takeover.waits")}</p>
    </Ask>
  );
}

export function EndWrapupDialog({ head, close }: Props) {
  const t = useWords();
  const owner = useBoard((b) => b.agents.get(head.owner_agent_id ?? "")?.agent.name ?? "");
  return (
    <Ask title={t("endwrapup.title", { name: nameOf(head) })} button={t("endwrapup.do")} act={() => endWrapup(head.id)} close={close}>
      <p>{t("endwrapup.text", { name: owner || t("author.agent") })}</p>
    </Ask>
  );
}

export function RequeueDialog({ head, close }: Props) {
  const t = useWords();
  const [queue, setQueue] = useState("");
  const act = async (): Promise<string> => {
    const wrong = await requeue(head.id, queue === head.queue.id ? "" : queue);
    if (!wrong) toast("good", "requeue.done", { name: nameOf(head) });
    return wrong;
  };
  return (
    <Ask title={t("requeue.title", { name: nameOf(head) })} button={t("requeue.do")} act={act} close={close}>
      <QueueChoice label={t("requeue.to")} own={t("requeue.same", { name: head.queue.name })} value={queue} change={setQueue} />
      <p className="muted">{t("requeue.text")}</p>
    </Ask>
  );
}

const highest = 10;

export function PriorityDialog({ head, close }: Props) {
  const t = useWords();
  const [priority, change] = useState(head.priority);
  const act = async (): Promise<string> => {
    const wrong = await setPriority(head.id, priority);
    if (!wrong) toast("good", "priority.done", { name: nameOf(head), n: priority });
    return wrong;
  };
  return (
    <Ask title={t("priority.title", { name: nameOf(head) })} button={t("save")} ready={Number.isInteger(priority) && Math.abs(priority) <= highest} act={act} close={close}>
      <label>{t("priority.label")}<input type="number" min={-highest} max={highest} step={1} autoFocus value={Number.isNaN(priority) ? "" : priority} onChange={(e) => change(e.target.valueAsNumber)} /></label>
      <p className="muted">{t("priority.text")}</p>
    </Ask>
  );
}
