import { CheckCheck, ChevronsUp, CircleHelp, Hand, ListRestart, UserRoundCheck } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useDesk } from "../state/store.ts";
import type { ConversationHead } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { AssignDialog } from "./AssignDialog.tsx";
import { EndWrapupDialog, PriorityDialog, RequeueDialog, TakeOverDialog } from "./TalkDialogs.tsx";
import { WhyDialog } from "./WhyDialog.tsx";

type Asked = "" | "takeover" | "assign" | "requeue" | "priority" | "why" | "end";

/** What a supervisor can do with a conversation. */
export function WatchActions({ head }: { head: ConversationHead }) {
  const t = useWords();
  const me = useDesk((d) => d.user?.id);
  const [asked, ask] = useState<Asked>("");
  const close = (): void => ask("");
  const open = ["queued", "offered", "active"].includes(head.state);
  const button = (what: Asked, icon: ReactNode, word: string, can = true) => <button type="button" className="button small" disabled={!can} onClick={() => ask(what)}>{icon}{word}</button>;
  return (
    <div className="watch-actions" role="toolbar" aria-label={t("watch.actions")}>
      {head.state === "wrapup" && button("end", <CheckCheck size={14} aria-hidden />, t("endwrapup.do"))}
      {button("takeover", <Hand size={14} aria-hidden />, t("takeover.do"), open && head.owner_agent_id !== me)}
      {button("assign", <UserRoundCheck size={14} aria-hidden />, t("assign.do"), open)}
      {button("requeue", <ListRestart size={14} aria-hidden />, t("requeue.do"), open)}
      {button("priority", <ChevronsUp size={14} aria-hidden />, t("priority.do"), open)}
      {button("why", <CircleHelp size={14} aria-hidden />, t("why.do"))}
      {asked === "end" && <EndWrapupDialog head={head} close={close} />}
      {asked === "takeover" && <TakeOverDialog head={head} close={close} />}
      {asked === "assign" && <AssignDialog head={head} close={close} />}
      {asked === "requeue" && <RequeueDialog head={head} close={close} />}
      {asked === "priority" && <PriorityDialog head={head} close={close} />}
      {asked === "why" && <WhyDialog head={head} close={close} />}
    </div>
  );
}
