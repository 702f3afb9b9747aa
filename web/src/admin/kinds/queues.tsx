import { ListOrdered } from "lucide-react";
import type { BusinessHours, Queue, Reason, RelaxationStep, Script, Skill } from "../../wire/protocol.ts";
import { leaves } from "../../desk/ScriptForm.tsx";
import { optionsOf, useAll } from "../data.ts";
import { Amount, Area, Check, type Option, Optional, Pick, Rows, Text } from "../fields.tsx";
import { Section, useForm } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { type Key, useT } from "../words.ts";
import { Members } from "./Members.tsx";
import { OverflowFields, sentQueue } from "./Overflow.tsx";

/** Options of a field whose words stand in the catalogue as <prefix>.<value> and <prefix>.<value>.hint. */
export function useOptions(prefix: string, values: readonly string[]): Option[] {
  const t = useT();
  return values.map((value) => ({ value, label: t(`${prefix}.${value}` as Key), hint: t.or(`${prefix}.${value}.hint`, "empty") || undefined }));
}

function QueueForm({ id }: { id: string }) {
  return <><Basic /><Giving /><Offers /><Skills id={id} /><Waiting id={id} /><After /><Texts /><Watching /></>;
}

function Basic() {
  const t = useT();
  const hours = useAll<BusinessHours>("/business-hours");
  return (
    <Section title={t("section.basic")}>
      <Text at="/name" label={t("name")} required max={100} />
      <Text at="/subject" label={t("q.subject")} hint={t("q.subject.hint")} max={200} />
      <Pick at="/hours_id" label={t("kind.hours")} options={optionsOf(hours)} none={t("q.hours.always")} />
      <Amount at="/priority" label={t("priority")} hint={t("q.priority.hint")} min={-10} max={10} />
      <Amount at="/weight" label={t("q.weight")} hint={t("q.weight.hint")} min={1} max={10} />
    </Section>
  );
}

function Giving() {
  const t = useT();
  const q = useForm().value as Queue;
  return (
    <Section title={t("q.giving")} text={t("q.giving.text")}>
      <Pick at="/strategy" label={t("q.strategy")} options={useOptions("q.strategy", ["longest_idle", "least_busy", "most_spare_capacity", "round_robin", "top_down", "weighted", "random"])} />
      <Pick at="/mode" label={t("q.mode")} options={useOptions("q.mode", ["push", "pull", "auto"])} />
      {q.strategy === "random" && <Amount at="/random_seed" label={t("q.seed")} hint={t("q.seed.hint")} min={0} />}
      <Amount at="/age_boost_s" label={t("q.boost")} hint={t("q.boost.hint")} unit="min" per={60} min={0} />
      <Amount at="/preferred_ms" label={t("q.preferred")} hint={t("q.preferred.hint")} unit="s" per={1000} min={0} max={3600} />
    </Section>
  );
}

function Offers() {
  const t = useT();
  const q = useForm().value as Queue;
  return (
    <Section title={t("q.offers")}>
      <Amount at="/offer_time_ms" label={t("q.offerTime")} hint={t("q.offerTime.hint")} unit="s" per={1000} min={1} max={900} />
      <Amount at="/transfer_time_ms" label={t("q.transferTime")} unit="s" per={1000} min={1} max={900} />
      <Amount at="/max_misses" label={t("q.misses")} hint={t("q.misses.hint")} min={0} max={10} />
      {q.mode === "push" && <Amount at="/parallel_offers" label={t("q.parallel")} hint={t("q.parallel.hint")} min={1} max={50} />}
      <Amount at="/reoffer_pause_ms" label={t("q.pause")} hint={t("q.pause.hint")} unit="s" per={1000} min={0} max={600} />
      <Amount at="/reoffer_pause_max_ms" label={t("q.pauseMax")} unit="s" per={1000} min={0} max={600} />
    </Section>
  );
}

const firstStep: RelaxationStep = { after_ms: 60_000, action: "lower" };

function Skills({ id }: { id: string }) {
  const t = useT();
  const skills = useAll<Skill>("/skills");
  const queues = useAll<Queue>("/queues").filter((q) => q.id !== id);
  const actions = useOptions("q.relax", ["lower", "drop", "tier", "queue"]);
  return (
    <Section title={t("q.relax")} text={t("q.relax.text")}>
      <Rows
        at="/skills_relaxation" label={t("q.relax.steps")} add={t("q.relax.add")} blank={firstStep} ordered nameOf={(_, i) => t("step", { n: i + 1 })}
        row={(at, step) => (
          <>
            <Amount at={`${at}/after_ms`} label={t("q.relax.after")} unit="s" per={1000} min={1} />
            <Pick at={`${at}/action`} label={t("q.relax.action")} options={actions} />
            {(step.action === "lower" || step.action === "drop") && <Pick at={`${at}/skill_id`} label={t("skill")} options={optionsOf(skills)} none={t("all")} />}
            {(step.action === "lower" || step.action === "tier") && <Amount at={`${at}/by`} label={t("q.relax.by")} min={0} max={8} />}
            {step.action === "queue" && <Pick at={`${at}/queue_id`} label={t("queue")} options={optionsOf(queues)} none={t("choose")} />}
          </>
        )}
      />
    </Section>
  );
}

function Waiting({ id }: { id: string }) {
  const t = useT();
  return <Section title={t("q.overflow")} text={t("q.overflow.text")}><OverflowFields id={id} /></Section>;
}

function After() {
  const t = useT();
  const q = useForm().value as Queue;
  const scripts = useAll<Script>("/scripts");
  const reasons: Reason[] = scripts.find((s) => s.id === q.script_id)?.reasons ?? [];
  return (
    <Section title={t("q.after")}>
      <Pick at="/script_id" label={t("q.script")} options={optionsOf(scripts)} none={t("q.script.none")} />
      <Amount at="/reopen_window_ms" label={t("q.reopen")} hint={t("q.reopen.hint")} unit="h" per={3_600_000} min={0} max={720} />
      <Check at="/script_required" label={t("q.script.required")} />
      <Pick at="/wrapup/mode" label={t("q.wrapup")} options={useOptions("q.wrapup", ["off", "optional", "mandatory", "timed"])} />
      {q.wrapup.mode === "timed" && <Amount at="/wrapup/ms" label={t("q.wrapup.ms")} unit="s" per={1000} min={1} max={3600} />}
      {q.wrapup.mode === "timed" && <Pick at="/wrapup/default_reason_id" label={t("q.wrapup.reason")} none={t("none")} options={leaves(reasons).map((l) => ({ value: l.id, label: l.path + l.label }))} />}
      <Pick at="/gone/policy" label={t("q.gone")} options={useOptions("q.gone", ["channel", "requeue", "keep"])} />
      {q.gone.policy !== "keep" && <Amount at="/gone/after_ms" label={t("q.gone.after")} unit="s" per={1000} min={0} max={3600} />}
    </Section>
  );
}

function Texts() {
  const t = useT();
  return (
    <Section title={t("q.texts")} text={t("q.texts.text")}>
      <Area at="/greeting" label={t("q.greeting")} max={2000} />
      <Area at="/after_hours" label={t("q.afterHours")} max={2000} />
      <Area at="/position_text" label={t("q.position")} hint={t("q.position.hint")} max={2000} />
      <Amount at="/position_every_ms" label={t("q.position.every")} hint={t("q.position.every.hint")} unit="s" per={1000} min={0} max={3600} />
      <Area at="/closing" label={t("q.closing")} max={2000} />
    </Section>
  );
}

function Watching() {
  const t = useT();
  return (
    <Section title={t("q.watch")} text={t("q.watch.text")}>
      <Amount at="/service_level_ms" label={t("q.serviceLevel")} hint={t("q.serviceLevel.hint")} unit="s" per={1000} min={1} />
      <Amount at="/agent_nudge_ms" label={t("q.nudge")} hint={t("zero.never")} unit="s" per={1000} min={0} />
      <Amount at="/agent_alert_ms" label={t("q.alertAfter")} hint={t("zero.never")} unit="s" per={1000} min={0} />
      <Optional at="/alerts" label={t("q.alerts")} blank={{}}>
        <Amount at="/alerts/max_waiting" label={t("q.alerts.waiting")} min={0} />
        <Amount at="/alerts/max_wait_ms" label={t("q.alerts.wait")} unit="s" per={1000} min={0} />
        <Amount at="/alerts/min_ready" label={t("q.alerts.ready")} min={0} />
        <Amount at="/alerts/min_service_level" label={t("q.alerts.level")} unit="%" min={0} max={100} />
      </Optional>
    </Section>
  );
}

export const queues: Kind<Queue> = {
  section: "queues", path: "/queues", icon: ListOrdered, nameOf: (v) => v.name, Form: QueueForm, send: sentQueue, names: ["/business-hours", "/scripts"],
  blank: {
    name: "", strategy: "longest_idle", random_seed: 0, age_boost_s: 600, skills_relaxation: [], preferred_ms: 0, mode: "push", parallel_offers: 1, offer_time_ms: 30_000,
    reoffer_pause_ms: 2000, reoffer_pause_max_ms: 30_000, max_misses: 2, priority: 0, subject: "", script_id: "", script_required: false,
    wrapup: { mode: "off", ms: 60_000, default_reason_id: "" }, gone: { policy: "channel", after_ms: 120_000 }, transfer_time_ms: 60_000, reopen_window_ms: 86_400_000,
    agent_nudge_ms: 120_000, agent_alert_ms: 300_000, weight: 1, hours_id: "", greeting: "", after_hours: "", position_text: "", position_every_ms: 0, closing: "", service_level_ms: 20_000,
  },
  columns: [
    { label: "q.strategy", show: (v, _, t) => t(`q.strategy.${v.strategy}`) },
    { label: "q.mode", show: (v, _, t) => t(`q.mode.${v.mode}`) },
    { label: "q.offerTime", show: (v) => <span className="tabular">{v.offer_time_ms / 1000} s</span> },
    { label: "kind.hours", show: (v, names, t) => (v.hours_id ? (names[v.hours_id] ?? "…") : <span className="muted">{t("q.hours.always")}</span>) },
    { label: "q.script", show: (v, names) => (v.script_id ? (names[v.script_id] ?? "…") : <span className="muted">–</span>) },
  ],
  pages: [{ id: "members", label: "members", Page: Members }],
};
