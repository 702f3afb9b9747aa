import { Ban, CircleCheck, CirclePause, CloudOff, Gauge, Hourglass, type LucideIcon, MessagesSquare, TriangleAlert, Users } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useNow } from "../ui/now.ts";
import type { Key } from "../words/catalogue.ts";
import { useWords } from "../words/words.ts";
import { useBoard } from "./board.ts";
import { type Level, marksOf, totalsOf } from "./figures.ts";
import { Timer } from "./Timer.tsx";

/** How everything that one supervises stands, in figures. A figure is marked as soon as one queue passes its limit of it. */
export function Tiles() {
  const t = useWords();
  const queues = useBoard((b) => b.queues);
  const agents = useBoard((b) => b.agents);
  const limits = useBoard((b) => b.limits);
  const ready = useBoard((b) => b.load === "ready");
  const now = useNow();
  const sum = useMemo(() => totalsOf(queues.values(), agents.values()), [queues, agents]);
  const over = (what: "waiting" | "wait" | "ready" | "level"): Level => ([...queues.values()].some((q) => marksOf(q, limits[q.queue.id], now)[what] === "bad") ? "bad" : "good");
  const ended = sum.answered + sum.abandoned;
  return (
    <dl className={`tiles${ready ? "" : " waiting"}`} aria-busy={!ready}>
      <Tile name="tile.waiting" icon={Users} level={over("waiting")}>{ready ? sum.waiting : "–"}</Tile>
      <Tile name="tile.oldest" icon={Hourglass} level={over("wait")}><Timer since={ready ? sum.oldest || undefined : undefined} /></Tile>
      <Tile name="tile.serving" icon={MessagesSquare}>{ready ? sum.serving : "–"}</Tile>
      <Tile name="tile.ready" icon={CircleCheck} level={over("ready")} note={ready ? t("tile.ofThem", { n: sum.amber }) : ""}>{ready ? sum.green + sum.amber : "–"}</Tile>
      <Tile name="tile.paused" icon={CirclePause}>{ready ? sum.red : "–"}</Tile>
      <Tile name="tile.offline" icon={CloudOff}>{ready ? sum.grey : "–"}</Tile>
      <Tile name="tile.level" icon={Gauge} level={over("level")} note={ready ? (ended ? t("tile.within", { n: sum.within, all: ended }) : t("tile.noneEnded")) : ""}>
        {ready && ended ? <>{sum.percent}<small>%</small></> : "–"}
      </Tile>
      <Tile name="tile.abandoned" icon={Ban}>{ready ? sum.abandoned : "–"}</Tile>
    </dl>
  );
}

function Tile({ name, icon: Icon, level = "good", note, children }: { name: Key; icon: LucideIcon; level?: Level; note?: string; children: ReactNode }) {
  const t = useWords();
  return (
    <div className={`tile ${level}`} data-tile={name}>
      <dt><Icon size={14} aria-hidden />{t(name)}</dt>
      <dd>
        <span className="tile-figure">{children}</span>
        {level === "bad" ? <span className="tile-note bad"><TriangleAlert size={13} aria-hidden />{t("mark.over")}</span> : note && <span className="tile-note">{note}</span>}
      </dd>
    </div>
  );
}
