import { ListPlus } from "lucide-react";
import type { ContactField } from "../../wire/protocol.ts";
import { Amount, Check, Lines, Pick, Text } from "../fields.tsx";
import { Section, useForm } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { useT } from "../words.ts";
import { useOptions } from "./queues.tsx";

function FieldForm({ id }: { id: string }) {
  const t = useT();
  const f = useForm().value as ContactField;
  return (
    <Section title={t("section.basic")}>
      <Text at="/label" label={t("cf.label")} required max={100} />
      <Text at="/key" label={t("cf.key")} hint={t("cf.key.hint")} required max={40} />
      <Pick at="/kind" label={t("s.kind")} options={useOptions("s.kind", ["text", "number", "date", "bool", "choice"])} fixed={id !== "new"} />
      <Amount at="/position" label={t("cf.position")} hint={t("cf.position.hint")} min={0} max={1000} />
      {f.kind === "choice" && <Lines at="/choices" label={t("s.choices")} hint={t("one.line")} />}
      <Check at="/required" label={t("required")} hint={t("cf.required.hint")} />
      <Check at="/masked" label={t("cf.masked")} hint={t("cf.masked.hint")} />
    </Section>
  );
}

export const contactFields: Kind<ContactField> = {
  section: "fields", path: "/contact-fields", icon: ListPlus, nameOf: (v) => v.label, Form: FieldForm,
  blank: { key: "", label: "", kind: "text", choices: [], required: false, masked: false, position: 0 },
  columns: [
    { label: "cf.key", show: (v) => <code>{v.key}</code> },
    { label: "s.kind", show: (v, _, t) => t(`s.kind.${v.kind}`) },
    { label: "required", show: (v, _, t) => t(v.required ? "yes" : "no") },
    { label: "cf.masked", show: (v, _, t) => t(v.masked ? "yes" : "no") },
  ],
};
