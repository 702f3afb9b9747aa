import { CircleAlert, Download, FileUp } from "lucide-react";
import { type ChangeEvent, useRef, useState } from "react";
import type { ConfigurationPlan, FieldError } from "../../wire/protocol.ts";
import { Refused, rest } from "../../wire/rest.ts";
import { Ask, PageHead } from "../parts.tsx";
import { type Key, useT } from "../words.ts";

/** The whole configuration as a file, and such a file back in: first what would change, then the change. */
export function Transfer() {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<{ name: string; body: unknown } | null>(null);
  const [plan, setPlan] = useState<ConfigurationPlan | null>(null);
  const [problem, setProblem] = useState<{ code: string; fields: FieldError[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [exported, setExported] = useState("");

  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const all = await rest<object>("/configuration");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(all, null, 2)], { type: "application/json" }));
      link.download = `pronto-${new Date().toISOString().slice(0, 10)}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      setExported(link.download);
    } catch (e) {
      setProblem({ code: e instanceof Refused ? e.code : "internal", fields: [] });
    }
    setBusy(false);
  };
  const put = async (body: unknown, dry: boolean): Promise<void> => {
    setBusy(true);
    setProblem(null);
    setAsking(false);
    try {
      setPlan(await rest<ConfigurationPlan>(`/configuration${dry ? "?dry_run=true" : ""}`, { method: "PUT", body }));
    } catch (e) {
      setPlan(null);
      setProblem({ code: e instanceof Refused ? e.code : "internal", fields: e instanceof Refused ? e.fields : [] });
    }
    setBusy(false);
  };
  const choose = async (e: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const chosen = e.target.files?.[0];
    e.target.value = "";
    if (!chosen) return;
    setPlan(null);
    try {
      const body: unknown = JSON.parse(await chosen.text());
      setFile({ name: chosen.name, body });
      await put(body, true);
    } catch {
      setFile(null);
      setProblem({ code: "notJson", fields: [] });
    }
  };
  return (
    <>
      <PageHead title={t("kind.transfer")} text={t("kind.transfer.text")} />
      <section className="form-section" aria-labelledby="export">
        <header><h2 id="export">{t("x.export")}</h2><p className="muted">{t("x.export.text")}</p></header>
        <div className="line"><button type="button" className="button primary" disabled={busy} onClick={() => void save()}><Download size={16} aria-hidden />{t("x.export.do")}</button><span role="status">{exported && t("x.exported", { name: exported })}</span></div>
      </section>
      <section className="form-section" aria-labelledby="import">
        <header><h2 id="import">{t("x.import")}</h2><p className="muted">{t("x.import.text")}</p></header>
        <input ref={input} className="hidden" type="file" accept=".json,application/json" aria-label={t("x.choose")} tabIndex={-1} onChange={(e) => void choose(e)} />
        <div className="line"><button type="button" className="button" disabled={busy} onClick={() => input.current?.click()}><FileUp size={16} aria-hidden />{t("x.choose")}</button>{file && <span className="muted">{file.name}</span>}</div>
        <p className="field-hint">{t("x.yaml")} <code>pronto export &gt; pronto.yaml</code> · <code>pronto import --dry-run pronto.yaml</code></p>
        {problem && (
          <div className="refusal" role="alert"><CircleAlert size={17} aria-hidden /><div>
            <p>{problem.code === "notJson" ? t("x.notJson") : t.or(`error.${problem.code}`, "error.internal")}</p>
            <ul>{problem.fields.map((f) => <li key={f.pointer + f.code}><code>{f.pointer}</code>: {t.or(`field.${f.code}`, "field.invalid")}</li>)}</ul>
          </div></div>
        )}
        {plan && <Plan plan={plan} />}
        {plan && !plan.applied && plan.changes.length > 0 && <button type="button" className="button primary" disabled={busy} onClick={() => setAsking(true)}>{t("x.apply", { n: plan.changes.length })}</button>}
      </section>
      {asking && file && <Ask title={t("x.apply.title")} text={t("x.apply.text", { n: plan?.changes.length ?? 0 })} yes={t("x.apply.yes")} busy={busy} onNo={() => setAsking(false)} onYes={() => void put(file.body, false)} />}
    </>
  );
}

const sections: { [name: string]: Key } = { "pause-reasons": "kind.pauses", "canned-responses": "kind.canned", "business-hours": "kind.hours" };

function Plan({ plan }: { plan: ConfigurationPlan }) {
  const t = useT();
  const show = (v: unknown): string => (v === undefined ? "–" : typeof v === "string" ? v || "“”" : JSON.stringify(v));
  return (
    <div className="plan" role="status">
      <p><strong>{t(plan.applied ? "x.applied" : "x.would", { n: plan.changes.length })}</strong> <span className="muted">{t("x.same", { n: plan.unchanged })}</span></p>
      {plan.changes.map((c) => (
        <details key={c.section + c.id} open={plan.changes.length < 6}>
          <summary><span className={`tag ${c.action === "created" ? "on" : "warn"}`}>{t(c.action === "created" ? "x.created" : "x.updated")}</span> {t.or(sections[c.section] ?? `kind.${c.section}`, "au.kind")}: <strong>{c.name || c.id}</strong></summary>
          <dl className="changes">{c.fields.map((f) => <div key={f.field}><dt>{f.field}</dt><dd><del>{show(f.before)}</del> <ins>{show(f.after)}</ins></dd></div>)}</dl>
        </details>
      ))}
    </div>
  );
}
