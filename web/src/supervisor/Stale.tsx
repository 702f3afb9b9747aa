import { CircleCheck, History } from "lucide-react";
import { duration } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";
import { useWords } from "../words/words.ts";
import { useBoard } from "./board.ts";

/** Whether the figures hold now, or how old they are. */
export function Stale() {
  const t = useWords();
  const fresh = useBoard((b) => b.fresh);
  const load = useBoard((b) => b.load);
  if (load !== "ready") return <span className="freshness" role="status">{t("sup.waiting")}</span>;
  if (fresh) return <span className="freshness good" role="status"><CircleCheck size={14} aria-hidden />{t("sup.live")}</span>;
  return <span className="freshness bad" role="status"><History size={14} aria-hidden />{t("sup.stale")} <Age /></span>;
}

function Age() {
  useNow(); // it grows each second
  const heldAt = useBoard((b) => b.heldAt);
  return <span className="tabular" aria-live="off">{duration(Date.now() - heldAt)}</span>;
}
