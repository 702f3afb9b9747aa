import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { fold } from "../ui/format.ts";
import { Frame, Notes, useField, useForm } from "./form.tsx";
import { same } from "./pointer.ts";
import { useT } from "./words.ts";

interface Common {
  at: string;
  label: string;
  hint?: string | undefined;
  wide?: boolean;
  required?: boolean;
}

export function Text({ at, label, hint, wide, required, max, type = "text", placeholder, auto }: Common & { max?: number; type?: string; placeholder?: string; auto?: string }) {
  const f = useField<string | undefined>(at, label, { hint: !!hint });
  return (
    <Frame field={f as never} label={label} hint={hint} wide={wide}>
      <input {...f.aria} type={type} maxLength={max} aria-required={required} placeholder={placeholder} autoComplete={auto ?? "off"} value={f.value ?? ""} onChange={(e) => f.set(type === "password" && !e.target.value ? undefined : e.target.value)} />
    </Frame>
  );
}

export function Area({ at, label, hint, max, rows = 3 }: Common & { max?: number; rows?: number }) {
  const f = useField<string | undefined>(at, label, { hint: !!hint });
  return (
    <Frame field={f as never} label={label} hint={hint} wide>
      <textarea {...f.aria} rows={rows} maxLength={max} value={f.value ?? ""} onChange={(e) => f.set(e.target.value)} />
    </Frame>
  );
}

/** A number; `per` is how many of the wire's units one of the shown ones is, such as 1000 for seconds of milliseconds. */
export function Amount({ at, label, hint, wide, min, max, unit, per = 1 }: Common & { min?: number; max?: number; unit?: string; per?: number }) {
  const f = useField<number | undefined>(at, label, { hint: !!hint });
  const shown = f.value === undefined || Number.isNaN(f.value) ? "" : String(f.value / per);
  const [typed, setTyped] = useState(shown);
  const value = typed !== "" && Number(typed) * per === f.value ? typed : shown; // keeps "1." and "0.50" while they are typed
  const put = (text: string): void => {
    setTyped(text);
    f.set(text === "" ? undefined : Math.round(Number(text) * per));
  };
  return (
    <Frame field={f as never} label={label} hint={hint} wide={wide}>
      <span className="with-unit"><input {...f.aria} type="number" inputMode="decimal" step="any" min={min} max={max} value={value} onChange={(e) => put(e.target.value)} />{unit && <span aria-hidden>{unit}</span>}</span>
    </Frame>
  );
}

/** A moment of the viewer's time zone; empty: none. */
export function Moment({ at, label, hint, wide }: Common) {
  const f = useField<string | undefined>(at, label, { hint: !!hint });
  const local = (iso: string): string => {
    const d = new Date(iso);
    return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  return (
    <Frame field={f as never} label={label} hint={hint} wide={wide}>
      <input {...f.aria} type="datetime-local" value={f.value ? local(f.value) : ""} onChange={(e) => f.set(e.target.value ? new Date(e.target.value).toISOString() : undefined)} />
    </Frame>
  );
}

export interface Option {
  value: string;
  label: string;
  hint?: string;
}

export function Pick({ at, label, hint, wide, options, none, onPick, fixed }: Common & { options: Option[]; none?: string; onPick?: (v: string) => void; fixed?: boolean }) {
  const f = useField<string | undefined>(at, label, { hint: !!hint });
  const told = options.find((o) => o.value === f.value)?.hint;
  return (
    <Frame field={f as never} label={label} hint={told ?? hint} wide={wide}>
      <select {...f.aria} aria-describedby={told || hint ? `${f.id}-hint` : f.aria["aria-describedby"]} disabled={fixed} value={f.value ?? ""} onChange={(e) => { f.set(e.target.value); onPick?.(e.target.value); }}>
        {none !== undefined && <option value="">{none}</option>}
        {options.map((o) => <option key={o.value} value={o.value}>{o.label}</option>)}
      </select>
    </Frame>
  );
}

export function Check({ at, label, hint }: Common) {
  const f = useField<boolean | undefined>(at, label, { hint: !!hint });
  return (
    <div className={`field wide check${f.error ? " wrong" : ""}`}>
      <label className="toggle" htmlFor={f.id}><input {...f.aria} type="checkbox" role="switch" checked={!!f.value} onChange={(e) => f.set(e.target.checked)} />{label}</label>
      <Notes field={f} hint={hint} />
    </div>
  );
}

/** Any of a list of things; with a search where there are many. */
export function Many({ at, label, hint, options, empty }: Common & { options: Option[]; empty: string }) {
  const t = useT();
  const f = useField<string[] | undefined>(at, label, { hint: !!hint, deep: true });
  const [typed, setTyped] = useState("");
  const chosen = f.value ?? [];
  const shown = options.filter((o) => fold(o.label).includes(fold(typed)));
  const turn = (v: string, on: boolean): void => f.set(on ? [...chosen, v] : chosen.filter((c) => c !== v));
  return (
    <fieldset className={`field wide many${f.error ? " wrong" : ""}`} data-at={at} aria-describedby={f.aria["aria-describedby"]}>
      <legend>{label}{chosen.length > 0 && <span className="muted"> · {chosen.length}</span>}</legend>
      {options.length > 8 && <input type="search" aria-label={t("filter.of", { name: label })} placeholder={t("filter")} value={typed} onChange={(e) => setTyped(e.target.value)} />}
      <div className="many-list">
        {options.length === 0 && <p className="muted">{empty}</p>}
        {shown.map((o) => (
          <label key={o.value} className="check-row"><input type="checkbox" checked={chosen.includes(o.value)} onChange={(e) => turn(o.value, e.target.checked)} /><span>{o.label}</span>{o.hint && <span className="muted">{o.hint}</span>}</label>
        ))}
      </div>
      <Notes field={f} hint={hint} />
    </fieldset>
  );
}

/** A list of texts, one a line. */
export function Lines({ at, label, hint, rows = 3 }: Common & { rows?: number }) {
  const f = useField<string[] | undefined>(at, label, { hint: !!hint, deep: true });
  const [typed, setTyped] = useState("");
  const cut = (text: string): string[] => text.split("\n").map((l) => l.trim()).filter(Boolean);
  const value = same(cut(typed), f.value ?? []) ? typed : (f.value ?? []).join("\n");
  return (
    <Frame field={f as never} label={label} hint={hint} wide>
      <textarea {...f.aria} rows={rows} value={value} onChange={(e) => { setTyped(e.target.value); f.set(cut(e.target.value)); }} />
    </Frame>
  );
}

/** A list whose entries are made of fields. `row` gives those of the entry at a pointer. */
export function Rows<T>({ at, label, hint, add, blank, row, ordered, nameOf }: Common & { add: string; blank: T; row: (at: string, entry: T, i: number) => ReactNode; ordered?: boolean; nameOf: (entry: T, i: number) => string }) {
  const t = useT();
  const f = useField<T[] | undefined>(at, label, { hint: !!hint });
  const id = useId();
  const list = f.value ?? [];
  const swap = (i: number, j: number): void => f.set(list.map((v, n) => (n === i ? list[j]! : n === j ? list[i]! : v)));
  return (
    <div className={`field wide rows-field${f.error ? " wrong" : ""}`} role="group" aria-labelledby={id} data-at={at}>
      <p className="field-title" id={id}>{label}</p>
      <Notes field={f} hint={hint} />
      {list.map((entry, i) => (
        <div key={i} className="entry" role="group" aria-label={nameOf(entry, i)}>
          <div className="entry-fields">{row(`${at}/${i}`, entry, i)}</div>
          <div className="entry-tools">
            {ordered && <button type="button" className="icon-button" disabled={i === 0} aria-label={t("move.up", { name: nameOf(entry, i) })} onClick={() => swap(i, i - 1)}><ArrowUp size={15} /></button>}
            {ordered && <button type="button" className="icon-button" disabled={i === list.length - 1} aria-label={t("move.down", { name: nameOf(entry, i) })} onClick={() => swap(i, i + 1)}><ArrowDown size={15} /></button>}
            <button type="button" className="icon-button" aria-label={t("remove.of", { name: nameOf(entry, i) })} onClick={() => f.set(list.filter((_, n) => n !== i))}><Trash2 size={15} /></button>
          </div>
        </div>
      ))}
      <button type="button" className="button small" onClick={() => f.set([...list, blank])}><Plus size={14} aria-hidden />{add}</button>
    </div>
  );
}

/** Fields of an object that may be absent. */
export function Optional({ at, label, hint, blank, children }: Common & { blank: object; children: ReactNode }) {
  const f = useField<object | undefined>(at, label, { hint: !!hint });
  const form = useForm();
  return (
    <div className={`field wide optional${f.value ? " on" : ""}`}>
      <label className="toggle" htmlFor={f.id}><input {...f.aria} type="checkbox" role="switch" checked={!!f.value} disabled={form.readOnly} onChange={(e) => f.set(e.target.checked ? blank : undefined)} />{label}</label>
      <Notes field={f} hint={hint} />
      {f.value && <div className="form-fields">{children}</div>}
    </div>
  );
}
