import { Search } from "lucide-react";
import { type KeyboardEvent, type Ref, useId, useMemo, useRef, useState } from "react";
import { setFilled } from "../state/actions.ts";
import type { Filled } from "../state/model.ts";
import { useDesk } from "../state/store.ts";
import { fold } from "../ui/format.ts";
import type { Question, Reason, Script } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";

export const blank: Filled = { reason: "", resolved: null, answers: {} };

export interface Leaf {
  id: string;
  label: string;
  path: string;
}

/** The reasons that can be chosen, with the names above them. */
export function leaves(reasons: Reason[], above = ""): Leaf[] {
  return reasons.flatMap((r) => (r.children?.length ? leaves(r.children, `${above}${r.label} › `) : [{ id: r.id, label: r.label, path: above }]));
}

/** Which field is missing, in the order of the screen, or null. */
export function missing(script: Script, f: Filled): string | null {
  if (!leaves(script.reasons).some((l) => l.id === f.reason)) return "reason";
  if (f.resolved === null) return "resolved";
  return script.questions.find((q) => q.required && !(f.answers[q.id] ?? "").trim())?.id ?? null;
}

/** The script: reason, resolved or not, questions. What is filled in is kept with the conversation, over a reload too. */
export function ScriptForm({ id, script, first, wrong }: { id: string; script: Script; first?: Ref<HTMLInputElement>; wrong?: string | null }) {
  const filled = useDesk((d) => d.filled[id] ?? blank);
  return <ScriptFields id={id} script={script} filled={filled} put={(f) => setFilled(id, f)} first={first} wrong={wrong} />;
}

/** The fields of a script, wherever their answers are kept. */
export function ScriptFields({ id, script, filled, put: keep, first, wrong }: { id: string; script: Script; filled: Filled; put: (f: Filled) => void; first?: Ref<HTMLInputElement> | undefined; wrong?: string | null | undefined }) {
  const t = useWords();
  const put = (change: Partial<Filled>): void => keep({ ...filled, ...change });
  return (
    <div className="script">
      <Reasons script={script} value={filled.reason} choose={(reason) => put({ reason })} first={first} wrong={wrong === "reason"} />
      <fieldset className={`resolved${wrong === "resolved" ? " wrong" : ""}`}>
        <legend>{t("script.resolved")}</legend>
        {([true, false] as const).map((yes) => (
          <label key={String(yes)} className={`choice${filled.resolved === yes ? " on" : ""}`}>
            <input type="radio" name={`resolved-${id}`} data-field={yes ? "resolved" : undefined} checked={filled.resolved === yes} onChange={() => put({ resolved: yes })} />{t(yes ? "yes" : "no")}
          </label>
        ))}
      </fieldset>
      {script.questions.map((q) => <Ask key={q.id} question={q} value={filled.answers[q.id] ?? ""} wrong={wrong === q.id} put={(v) => put({ answers: { ...filled.answers, [q.id]: v } })} />)}
    </div>
  );
}

function Reasons({ script, value, choose, first, wrong }: { script: Script; value: string; choose: (id: string) => void; first?: Ref<HTMLInputElement>; wrong: boolean }) {
  const t = useWords();
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const all = useMemo(() => leaves(script.reasons), [script]);
  const chosen = all.find((l) => l.id === value);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const shown = typed ? all.filter((l) => fold(l.path + l.label).includes(fold(typed))) : all;
  const point = (n: number): void => {
    setAt(n);
    list.current?.children[n]?.scrollIntoView({ block: "nearest" });
  };
  const take = (l: Leaf): void => {
    choose(l.id);
    setTyped("");
    setAt(all.indexOf(l));
  };
  const keys = (e: KeyboardEvent<HTMLInputElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && shown.length) { e.preventDefault(); point((at + step + shown.length) % shown.length); }
    const l = shown[at];
    if (e.key === "Enter" && l && l.id !== value) { // a second Enter is the form's
      e.preventDefault();
      take(l);
      e.currentTarget.closest("form, .script")?.querySelector<HTMLElement>("[data-field=resolved]")?.focus();
    }
  };
  return (
    <div className={`reasons-field${wrong ? " wrong" : ""}`}>
      <label htmlFor={id}>{t("script.reason")}{chosen && <strong className="reason-chosen">{chosen.path}{chosen.label}</strong>}</label>
      <div className="search">
        <Search size={15} aria-hidden />
        <input
          id={id} ref={first} data-field="reason" role="combobox" aria-expanded aria-controls={`${id}-list`} aria-activedescendant={shown[at] ? `${id}-${at}` : undefined} aria-autocomplete="list"
          aria-invalid={wrong} autoComplete="off" placeholder={t("script.search")} value={typed} onChange={(e) => { setTyped(e.target.value); setAt(0); }} onKeyDown={keys}
        />
      </div>
      <ul id={`${id}-list`} ref={list} role="listbox" aria-label={t("script.reason")} className="reason-list">
        {shown.map((l, i) => (
          <li key={l.id} id={`${id}-${i}`} role="option" aria-selected={l.id === value} className={i === at ? "at" : ""} onClick={() => take(l)}>
            <span className="muted">{l.path}</span>{l.label}
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="muted">{t("nothing")}</p>}
    </div>
  );
}

function Ask({ question: q, value, put, wrong }: { question: Question; value: string; put: (v: string) => void; wrong: boolean }) {
  const t = useWords();
  const common = { "data-field": q.id, "aria-invalid": wrong, value };
  const choices = q.kind === "bool" ? [["true", t("yes")], ["false", t("no")]] : (q.choices ?? []).map((c) => [c, c]);
  return (
    <label className={`ask${wrong ? " wrong" : ""}`}><span>{q.label}{q.required && <abbr title={t("required")}> *</abbr>}</span>
      {q.kind === "choice" || q.kind === "bool"
        ? <select {...common} onChange={(e) => put(e.target.value)}><option value="">{t("choose")}</option>{choices.map(([v, l]) => <option key={v} value={v}>{l}</option>)}</select>
        : <input {...common} type={q.kind === "number" ? "number" : "text"} maxLength={2000} onChange={(e) => put(e.target.value)} />}
    </label>
  );
}
