import { Eye, Lock } from "lucide-react";
import { useEffect } from "react";
import { openTab } from "../state/actions.ts";
import { home } from "../state/model.ts";
import { useRoute } from "../state/route.ts";
import { useDesk } from "../state/store.ts";
import { Empty, Failed } from "../ui/States.tsx";
import { useWords } from "../words/words.ts";
import { AgentGrid } from "./AgentGrid.tsx";
import { AgentView } from "./AgentView.tsx";
import { AlertStrip } from "./AlertStrip.tsx";
import { useBoard } from "./board.ts";
import { look, supervises } from "./live.ts";
import { QueueBoard } from "./QueueBoard.tsx";
import { QueueView } from "./QueueView.tsx";
import { Tiles } from "./Tiles.tsx";

/** The supervisors' page: figures and alerts above, below them the queues and agents, or one of these. */
export function SupervisorPage() {
  const user = useDesk((d) => d.user);
  return supervises(user?.role) ? <Supervision key={user?.id} /> : <NotForYou />;
}

export function NotForYou() {
  const t = useWords();
  return (
    <div className="sup-none">
      <h1 className="hidden">{t("sup")}</h1>
      <Empty icon={Lock} title={t("sup.notYours")}>{t("sup.notYours.text")}</Empty>
      <p className="center"><button type="button" className="button" onClick={() => openTab(home)}>{t("home")}</button></p>
    </div>
  );
}

function Supervision() {
  const t = useWords();
  const load = useBoard((b) => b.load);
  const [, kind = "", id = "", conversation = ""] = useRoute();
  useEffect(look, []);
  return (
    <div className="sup">
      <h1 className="hidden">{t("sup")}</h1>
      {load === "failed" ? <Failed again={look} /> : <><Tiles /><AlertStrip /><Below kind={kind} id={id} conversation={conversation} /></>}
    </div>
  );
}

function Below({ kind, id, conversation }: { kind: string; id: string; conversation: string }) {
  const t = useWords();
  const load = useBoard((b) => b.load);
  const none = useBoard((b) => b.load === "ready" && b.queues.size === 0);
  if (kind === "queues" && id) return <QueueView key={id} id={id} conversation={conversation} />;
  if (kind === "agents" && id) return <AgentView key={id} id={id} conversation={conversation} />;
  if (none) return <div className="sup-none"><Empty icon={Eye} title={t("sup.noQueues")}>{t("sup.noQueues.text")}</Empty></div>;
  return <div className="sup-columns"><QueueBoard loading={load !== "ready"} /><AgentGrid loading={load !== "ready"} /></div>;
}
