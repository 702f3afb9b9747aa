import { Megaphone } from "lucide-react";
import { when } from "../../ui/format.ts";
import type { Announcement, Queue } from "../../wire/protocol.ts";
import { optionsOf, useAll } from "../data.ts";
import { Area, Check, Many, Moment, Text } from "../fields.tsx";
import { Section } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { useT } from "../words.ts";

function AnnouncementForm() {
  const t = useT();
  const queues = useAll<Queue>("/queues");
  return (
    <Section title={t("section.basic")}>
      <Text at="/title" label={t("canned.title")} required max={100} wide />
      <Area at="/text" label={t("canned.text")} max={2000} rows={5} />
      <Moment at="/from" label={t("an.from")} hint={t("an.from.hint")} />
      <Moment at="/until" label={t("an.until")} hint={t("an.until.hint")} />
      <Check at="/important" label={t("announcement.important")} hint={t("an.important.hint")} />
      <Many at="/queue_ids" label={t("an.queues")} hint={t("an.queues.hint")} options={optionsOf(queues)} empty={t("kind.queues.empty")} />
    </Section>
  );
}

const state = (a: Announcement): "an.coming" | "an.over" | "an.now" => (a.from && Date.parse(a.from) > Date.now() ? "an.coming" : a.until && Date.parse(a.until) <= Date.now() ? "an.over" : "an.now");

export const announcements: Kind<Announcement> = {
  section: "announcements", path: "/announcements", icon: Megaphone, nameOf: (v) => v.title, names: ["/queues"], Form: AnnouncementForm,
  blank: { title: "", text: "", important: false, queue_ids: [] },
  columns: [
    { label: "an.state", show: (v, _, t) => t(state(v)) },
    { label: "an.from", show: (v) => (v.from ? when(v.from) : <span className="muted">–</span>) },
    { label: "an.until", show: (v) => (v.until ? when(v.until) : <span className="muted">–</span>) },
    { label: "an.queues", show: (v, names, t) => (v.queue_ids.length ? v.queue_ids.map((id) => names[id] ?? "…").join(", ") : <span className="muted">{t("all")}</span>) },
  ],
};
