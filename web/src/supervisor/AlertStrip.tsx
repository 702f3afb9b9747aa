import { Bell, BellOff, CircleCheck, ListChecks, MonitorUp, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { go } from "../state/route.ts";
import { clock, duration } from "../ui/format.ts";
import { Dialog } from "../ui/Dialog.tsx";
import type { Alert } from "../wire/protocol.ts";
import { useWords, type Words } from "../words/words.ts";
import { alertKey, type Ended, useBoard } from "./board.ts";
import { Stale } from "./Stale.tsx";
import { setAlertSound, useAlertSound } from "./sound.ts";
import { Timer } from "./Timer.tsx";

const durations = ["max_wait"]; // figures of these kinds are milliseconds

/** What the alert says, in words. */
export function alertText(t: Words, a: Alert): string {
  const figure = (n: number | undefined): string => (durations.includes(a.kind) ? duration(n ?? 0) : String(n ?? 0));
  return t.or(`alert.${a.kind}`, "alert.other", { value: figure(a.value), limit: figure(a.limit) });
}

export const aboutOf = (a: Alert): string => (a.kind === "unanswered" ? [a.agent?.name, a.queue?.name].filter(Boolean).join(" · ") : (a.queue?.name ?? a.agent?.name ?? ""));

/** Leads to what the alert is about. */
function open(a: Alert): void {
  if (a.conversation_id && a.queue) go("supervisor", "queues", a.queue.id, a.conversation_id);
  else if (a.queue) go("supervisor", "queues", a.queue.id);
  else if (a.agent) go("supervisor", "agents", a.agent.id);
}

/** The alerts in one line that is always there, so that nothing moves when one comes or goes. */
export function AlertStrip() {
  const t = useWords();
  const alerts = useBoard((b) => b.alerts);
  const ready = useBoard((b) => b.load === "ready");
  const sound = useAlertSound();
  const [listed, setOpen] = useState(false);
  return (
    <section className={`alerts${alerts.length ? " some" : ""}`} aria-label={t("alerts")}>
      <Stale />
      <p className="alerts-count" role="status">
        {alerts.length ? <><TriangleAlert size={15} aria-hidden />{t("alerts.n", { n: alerts.length })}</> : ready ? <><CircleCheck size={15} aria-hidden />{t("alerts.none")}</> : null}
      </p>
      <ul className="alerts-line">{alerts.map((a) => <li key={alertKey(a)}><One alert={a} /></li>)}</ul>
      <button type="button" className="button small" onClick={() => setOpen(true)}><ListChecks size={14} aria-hidden />{t("alerts.all")}</button>
      {listed && <All close={() => setOpen(false)} />}
      <button type="button" className="icon-button" aria-pressed={sound} aria-label={t("alerts.sound")} title={t(sound ? "alerts.soundOn" : "alerts.soundOff")} onClick={() => setAlertSound(!sound)}>
        {sound ? <Bell size={16} /> : <BellOff size={16} />}
      </button>
      <a className="button small" href="/desk/wallboard" target="_blank" rel="noreferrer"><MonitorUp size={14} aria-hidden />{t("wall")}</a>
    </section>
  );
}

function One({ alert: a }: { alert: Alert }) {
  const t = useWords();
  return (
    <button type="button" className="alert" data-alert={a.kind} onClick={() => open(a)}>
      <strong>{aboutOf(a)}</strong><span>{alertText(t, a)}</span><Timer since={a.since} />
    </button>
  );
}

/** All that is raised, and what was and is over. */
function All({ close }: { close: () => void }) {
  const t = useWords();
  const alerts = useBoard((b) => b.alerts);
  const ended = useBoard((b) => b.ended);
  return (
    <Dialog title={t("alerts")} onClose={close}>
      <h3>{t("alerts.now")}</h3>
      {alerts.length === 0 && <p className="alerts-none">{t("alerts.none")}</p>}
      <ul>{alerts.map((a) => <li key={alertKey(a)}><button type="button" className="alert-row" onClick={() => { open(a); close(); }}><TriangleAlert size={14} aria-hidden /><strong>{aboutOf(a)}</strong><span>{alertText(t, a)}</span><Timer since={a.since} /></button></li>)}</ul>
      <h3>{t("alerts.ended")}</h3>
      {ended.length === 0 && <p className="alerts-none">{t("alerts.noneEnded")}</p>}
      <ul>{ended.map((a) => <li key={alertKey(a) + a.endedAt}><Over alert={a} /></li>)}</ul>
    </Dialog>
  );
}

function Over({ alert: a }: { alert: Ended }) {
  const t = useWords();
  return (
    <p className="alert-row over" data-ended={a.kind}><CircleCheck size={14} aria-hidden /><strong>{aboutOf(a)}</strong><span>{alertText(t, a)}</span>
      <span className="tabular muted">{t("alerts.lasted", { at: clock(a.endedAt), time: duration(a.endedAt - Date.parse(a.since)) })}</span></p>
  );
}
