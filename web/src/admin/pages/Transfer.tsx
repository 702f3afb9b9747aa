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
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [plan, setPlan] = useState<ConfigurationPlan | null>(null);
  const [problem, setProblem] = useState<{ code: string; fields: FieldError[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [exported, setExported] = useState("");

  const save = async (ending: "yaml" | "json"): Promise<void> => {
    setBusy(true);
    try {
      const type = `application/${ending}`;
      const all = await rest<string>("/configuration", { accept: type });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([ending === "json" ? JSON.stringify(JSON.parse(all), null, 2) : all], { type }));
      link.download = `pronto-${new Date().toISOString().slice(0, 10)}.${ending}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      setExported(link.download);
    } catch (e) {
      setProblem({ code: e instanceof Refused ? e.code : "internal", fields: [] });
    }
    setBusy(false);
  };
  const put = async (body: string, dry: boolean): Promise<void> => {
    setBusy(true);
    setProblem(null);
    setAsking(false);
    try {
      setPlan(await rest<ConfigurationPlan>(`/configuration${dry ? "?dry_run=true" : ""}`, { method: "PUT", body, type: typeOf(body) }));
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
    const text = await chosen.text();
    setPlan(null);
    setFile({ name: chosen.name, text });
    await put(text, true);
  };
  return (
    <>
      <PageHead title={t("kind.transfer")} text={t("kind.transfer.text")} />
      <section className="form-section" aria-labelledby="export">
        <header><h2 id="export">{t("x.export")}</h2><p className="muted">{t("x.export.text")}</p></header>
        <div className="line"><button type="button" className="button primary" disabled={busy} onClick={() => void save("yaml")}><Download size={16} aria-hidden />{t("x.export.yaml")}</button><button type="button" className="button" disabled={busy} onClick={() => void save("json")}><Download size={16} aria-hidden />{t("x.export.json")}</button><span role="status">{exported && t("x.exported", { name: exported })}</span></div>
      </section>
      <section className="form-section" aria-labelledby="import">
        <header><h2 id="import">{t("x.import")}</h2><p className="muted">{t("x.import.text")}</p></header>
        <input ref={input} className="hidden" type="file" accept=".yaml,.yml,.json,application/yaml,application/json" aria-label={t("x.choose")} tabIndex={-1} onChange={(e) => void choose(e)} />
        <div className="line"><button type="button" className="button" disabled={busy} onClick={() => input.current?.click()}><FileUp size={16} aria-hidden />{t("x.choose")}</button>{file && <span className="muted">{file.name}</span>}</div>
        <p className="field-hint">{t("x.command")} <code>pronto export &gt; pronto.yaml</code> · <code>pronto import --dry-run pronto.yaml</code></p>
        {problem && (
          <div className="refusal" role="alert"><CircleAlert size={17} aria-hidden /><div>
            <p>{problem.fields.length ? t("x.refused") : t.or(`error.${problem.code}`, "error.internal")}</p>
            <ul>{problem.fields.map((f) => <li key={f.pointer + f.code}><Place field={f} /></li>)}</ul>
          </div></div>
        )}
        {plan && <Plan plan={plan} />}
        {plan && !plan.applied && plan.changes.length > 0 && <button type="button" className="button primary" disabled={busy} onClick={() => setAsking(true)}>{t("x.apply", { n: plan.changes.length })}</button>}
      </section>
      {asking && file && <Ask title={t("x.apply.title")} text={t("x.apply.text", { n: plan?.changes.length ?? 0 })} yes={t("x.apply.yes")} busy={busy} onNo={() => setAsking(false)} onYes={() => void put(file.text, false)} />}
    </>
  );
}

/** JSON begins with a brace; nobody writes YAML that does. */
const typeOf = (text: string): string => (text.trimStart().startsWith("{") ? "application/json" : "application/yaml");

/** Where in the file something is wrong, and what. What the whole file is not has words of its own. */
function Place({ field }: { field: FieldError }) {
  const t = useT();
  const whole = !field.pointer && field.code !== "duplicate";
  return (
    <>
      {field.line && <strong>{t("x.place", { line: field.line, column: field.column ?? 1 })}: </strong>}
      {field.pointer && <><code>{field.pointer}</code>: </>}
      {t.or(`${whole ? "x" : "field"}.${field.code}`, "field.invalid")}
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
