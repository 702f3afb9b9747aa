import { AlarmClock } from "lucide-react";
import { useState } from "react";
import { snooze, snoozeTimes, unsnooze } from "../state/moves.ts";
import { moment } from "../ui/format.ts";
import { Popover } from "../ui/Popover.tsx";
import { useWords } from "../words/words.ts";

/** Puts the conversation away: a usual time, or any other. */
export function Snooze({ id }: { id: string }) {
  const t = useWords();
  return (
    <Popover className="icon-button" label={t("snooze.start")} button={<AlarmClock size={18} aria-hidden />}>
      {(close) => <Times choose={(until) => { close(); snooze(id, until); }} />}
    </Popover>
  );
}

const two = (n: number): string => String(n).padStart(2, "0");
const local = (d: Date): string => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;

function Times({ choose }: { choose: (until: Date) => void }) {
  const t = useWords();
  const [now] = useState(() => new Date());
  const [at, setAt] = useState("");
  const until = at ? new Date(at) : null;
  return (
    <div className="menu">
      {snoozeTimes(now).map((x) => (
        <button key={x.name} type="button" className="menu-item" onClick={() => choose(x.until)}><span>{t(x.name)}</span><span className="muted tabular">{moment(x.until.getTime())}</span></button>
      ))}
      <form className="menu-form" onSubmit={(e) => { e.preventDefault(); if (until) choose(until); }}>
        <label>{t("snooze.at")}<input type="datetime-local" required value={at} min={local(new Date(now.getTime() + 120_000))} max={local(new Date(now.getTime() + 29 * 86_400_000))} onChange={(e) => setAt(e.target.value)} /></label>
        <button type="submit" className="button small primary" disabled={!until}>{t("snooze.start")}</button>
      </form>
    </div>
  );
}

/** Says that the conversation is put away, and takes it back. */
export function SnoozeNotice({ id, until }: { id: string; until: string }) {
  const t = useWords();
  return (
    <div className="notice" role="status">
      <AlarmClock size={14} aria-hidden />{t("snooze.text", { when: moment(until) })}
      <button type="button" className="button small" onClick={() => unsnooze(id)}>{t("snooze.wake")}</button>
    </div>
  );
}
