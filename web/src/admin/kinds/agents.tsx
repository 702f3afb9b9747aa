import { Users } from "lucide-react";
import type { Agent, Queue, Skill } from "../../wire/protocol.ts";
import { optionsOf, useAll } from "../data.ts";
import { Amount, Check, Many, Pick, Rows, Text } from "../fields.tsx";
import { Section } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { useT } from "../words.ts";
import { Access, madeAgent } from "./Access.tsx";
import { languages } from "./languages.ts";
import { useOptions } from "./queues.tsx";

function AgentForm({ id }: { id: string }) {
  const t = useT();
  const queues = useAll<Queue>("/queues");
  const skills = useAll<Skill>("/skills");
  const levels = useLevels();
  return (
    <>
      <Section title={t("section.basic")}>
        <Text at="/name" label={t("name")} required max={100} />
        <Text at="/login" label={t("signin.login")} required max={128} />
        <Pick at="/role" label={t("a.role")} options={useOptions("a.role", ["agent", "supervisor", "admin"])} />
        <Check at="/disabled" label={t("a.disabled")} hint={t("a.disabled.hint")} />
        <Access id={id} />
      </Section>
      <Section title={t("a.work")}>
        <Many at="/queue_ids" label={t("kind.queues")} options={optionsOf(queues)} empty={t("kind.queues.empty")} />
        <Amount at="/capacity" label={t("a.capacity")} hint={t("a.capacity.hint")} min={1} max={10} />
        <Amount at="/hard_capacity" label={t("a.ceiling")} hint={t("a.ceiling.hint")} min={1} max={50} />
        <Amount at="/decline_pause_ms" label={t("a.declinePause")} hint={t("a.declinePause.hint")} unit="s" per={1000} min={0} max={600} />
      </Section>
      <Section title={t("kind.skills")} text={t("a.skills.text")}>
        <Rows
          at="/skills" label={t("kind.skills")} add={t("a.skills.add")} blank={{ id: "", level: 3 }} nameOf={(s: Agent["skills"][number]) => skills.find((x) => x.id === s.id)?.name ?? t("skill")}
          row={(at) => (
            <>
              <Pick at={`${at}/id`} label={t("skill")} options={optionsOf(skills)} none={t("choose")} />
              <Pick at={`${at}/level`} label={t("level")} options={levels} />
            </>
          )}
        />
        <Many at="/languages" label={t("a.languages")} options={languages} empty="" />
      </Section>
    </>
  );
}

function useLevels() {
  const t = useT();
  return [1, 2, 3, 4, 5].map((n) => ({ value: String(n), label: `${n} · ${t(`level.${n as 1}`)}` }));
}

/** Levels are numbers on the wire, whatever a list of choices makes of them; who left a queue has no settings in it. */
export function sentAgent(a: Agent): Agent {
  return { ...a, skills: a.skills.map((s) => ({ ...s, level: Number(s.level) })), queue_settings: a.queue_settings.filter((s) => a.queue_ids.includes(s.queue_id)), ...(a.password ? {} : { password: undefined }) };
}

export const agents: Kind<Agent> = {
  section: "agents", path: "/agents", icon: Users, nameOf: (v) => v.name, Form: AgentForm, send: sentAgent, made: madeAgent, names: ["/queues"],
  blank: { name: "", login: "", role: "agent", queue_ids: [], queue_settings: [], decline_pause_ms: 0, capacity: 4, hard_capacity: 10, skills: [], languages: [], disabled: false },
  columns: [
    { label: "signin.login", show: (v) => v.login },
    { label: "a.role", show: (v, _, t) => t(`a.role.${v.role}`) },
    { label: "kind.queues", show: (v, names, t) => (v.queue_ids.length ? v.queue_ids.map((id) => names[id] ?? "…").join(", ") : <span className="muted">{t("nobodys")}</span>) },
    { label: "a.capacity", show: (v) => <span className="tabular">{v.capacity}</span> },
    { label: "state", show: (v, _, t) => (v.disabled ? <span className="tag off">{t("a.blocked")}</span> : <span className="tag on">{t("a.active")}</span>) },
  ],
};
