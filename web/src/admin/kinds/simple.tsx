import { BadgeCheck, Coffee, MessageSquareText } from "lucide-react";
import type { CannedResponse, PauseReason, Queue, Skill } from "../../wire/protocol.ts";
import { optionsOf, useAll } from "../data.ts";
import { Amount, Area, Check, Many, Pick, Text } from "../fields.tsx";
import { Section } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { useT } from "../words.ts";
import { languages } from "./languages.ts";

function SkillForm() {
  const t = useT();
  return <Section title={t("section.basic")}><Text at="/name" label={t("name")} required max={100} wide /></Section>;
}

export const skills: Kind<Skill> = { section: "skills", path: "/skills", icon: BadgeCheck, nameOf: (v) => v.name, blank: { name: "" }, columns: [], Form: SkillForm };

function PauseForm() {
  const t = useT();
  return (
    <Section title={t("section.basic")}>
      <Text at="/name" label={t("name")} required max={100} />
      <Amount at="/planned_minutes" label={t("pause.minutes")} hint={t("pause.minutes.hint")} min={0} max={1440} unit="min" />
      <Check at="/productive" label={t("pause.productive")} hint={t("pause.productive.hint")} />
    </Section>
  );
}

export const pauses: Kind<PauseReason> = {
  section: "pauses", path: "/pause-reasons", icon: Coffee, nameOf: (v) => v.name, blank: { name: "", planned_minutes: 0, productive: false }, Form: PauseForm,
  columns: [
    { label: "pause.minutes", show: (v, _, t) => (v.planned_minutes ? t("minutes", { n: v.planned_minutes }) : <span className="muted">{t("pause.free")}</span>) },
    { label: "pause.productive", show: (v, _, t) => t(v.productive ? "yes" : "no") },
  ],
};

function CannedForm() {
  const t = useT();
  const queues = useAll<Queue>("/queues");
  return (
    <Section title={t("section.basic")}>
      <Text at="/title" label={t("canned.title")} required max={100} />
      <Text at="/shortcut" label={t("canned.shortcut")} hint={t("canned.shortcut.hint")} required max={50} />
      <Area at="/text" label={t("canned.text")} hint={t("canned.text.hint")} max={4096} rows={6} />
      <Text at="/folder" label={t("canned.folder")} max={100} />
      <Pick at="/language" label={t("language")} options={languages} none={t("language.any")} />
      <Many at="/queue_ids" label={t("canned.queues")} hint={t("canned.queues.hint")} options={optionsOf(queues)} empty={t("kind.queues.empty")} />
    </Section>
  );
}

export const canned: Kind<CannedResponse> = {
  section: "canned", path: "/canned-responses", icon: MessageSquareText, nameOf: (v) => v.title, names: ["/queues", "/agents"], Form: CannedForm,
  blank: { shortcut: "", title: "", text: "", folder: "", queue_ids: [], language: "", owner_agent_id: "" },
  columns: [
    { label: "canned.shortcut", show: (v) => <code>/{v.shortcut}</code> },
    { label: "canned.folder", show: (v) => v.folder || <span className="muted">–</span> },
    { label: "canned.queues", show: (v, names, t) => (v.queue_ids.length ? v.queue_ids.map((id) => names[id] ?? "…").join(", ") : <span className="muted">{t("all")}</span>) },
    { label: "canned.owner", show: (v, names, t) => (v.owner_agent_id ? (names[v.owner_agent_id] ?? "…") : <span className="muted">{t("canned.shared")}</span>) },
  ],
};
