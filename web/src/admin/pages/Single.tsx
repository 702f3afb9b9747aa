import type { ReactNode } from "react";
import { Failed, Loading } from "../../ui/States.tsx";
import { useRest } from "../../ui/useRest.ts";
import type { AttachmentLimits, ContactPrivacy, Organisation as Org } from "../../wire/protocol.ts";
import { EditorFrame } from "../Editor.tsx";
import { Amount, Check, Lines, Many } from "../fields.tsx";
import { Section } from "../form.tsx";
import type { Stored } from "../kind.ts";
import { PageHead } from "../parts.tsx";
import { useEditor } from "../useEditor.ts";
import { type Key, useT } from "../words.ts";

/** A page of settings of which there is one. */
function Single<V extends Stored>({ section, path, send, children }: { section: string; path: string; send?: (v: V) => object; children: ReactNode }) {
  const t = useT();
  const { data, load, again } = useRest<V>(path);
  return (
    <>
      <PageHead title={t(`kind.${section}` as Key)} text={t(`kind.${section}.text` as Key)} />
      {load === "failed" ? <Failed again={again} /> : data ? <Edit stored={data} path={path} send={send}>{children}</Edit> : <Loading />}
    </>
  );
}

function Edit<V extends Stored>({ stored, path, send, children }: { stored: V; path: string; send: ((v: V) => object) | undefined; children: ReactNode }) {
  const e = useEditor<V>({ path, stored, blank: {}, send });
  return <EditorFrame e={e} save={async () => void (await e.save())} name=""><div className="form-sections">{children}</div></EditorFrame>;
}

export function OrganisationFields() {
  const t = useT();
  return (
    <Section title={t("section.basic")}>
      <Check at="/reason_required" label={t("o.reason")} hint={t("o.reason.hint")} />
      <Amount at="/silent_after_ms" label={t("o.silent")} hint={t("o.silent.hint")} unit="min" per={60_000} min={0} max={1440} />
      <Amount at="/suspect_ms" label={t("o.suspect")} hint={t("o.suspect.hint")} unit="s" per={1000} min={10} max={120} />
    </Section>
  );
}

/** The settings that are the same for all. */
export const Organisation = () => <Single<Org> section="organisation" path="/organisation"><OrganisationFields /></Single>;

/** Which files are taken. */
export function Attachments() {
  const t = useT();
  return (
    <Single<AttachmentLimits> section="attachments" path="/attachments/limits" send={(v) => ({ ...v, max_files: undefined })}>
      <Section title={t("at.sizes")}>
        <Amount at="/max_bytes" label={t("at.file")} unit="MB" per={1 << 20} min={0.001} max={100} />
        <Amount at="/max_pixels" label={t("at.pixels")} hint={t("at.pixels.hint")} unit="Mpx" per={1_000_000} min={0.01} max={100} />
        <Amount at="/quota_bytes" label={t("at.quota")} hint={t("at.quota.hint")} unit="GB" per={1 << 30} min={0} />
      </Section>
      <Section title={t("at.types")} text={t("at.types.text")}><Lines at="/types" label={t("at.types")} hint={t("at.types.hint")} rows={12} /></Section>
    </Single>
  );
}

/** What of a customer is shown masked until somebody gives a reason. */
export function Privacy() {
  const t = useT();
  return (
    <Single<ContactPrivacy & Stored> section="privacy" path="/contact-privacy">
      <Section title={t("pr.masked")} text={t("pr.masked.text")}><Many at="/masked_documents" label={t("pr.documents")} hint={t("pr.hint")} options={["cpf", "cnpj", "rg"].map((d) => ({ value: d, label: d.toUpperCase() }))} empty="" /></Section>
    </Single>
  );
}
