import { createContext, type ReactNode, useContext, useId } from "react";
import type { FieldError } from "../wire/protocol.ts";
import { valueAt } from "./pointer.ts";
import { useT } from "./words.ts";

/** What is being edited, and what the server did not take of it. Fields are known by their JSON pointer, as on the wire. */
export interface Form {
  value: object;
  set(pointer: string, value: unknown): void;
  errors: FieldError[];
  /** What the fields on screen are called, by pointer. */
  labels: Map<string, string>;
  readOnly?: boolean;
}

export const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const f = useContext(FormContext);
  if (!f) throw new Error("no form around this field");
  return f;
}

export interface Field<V> {
  value: V;
  set(v: V | undefined): void;
  /** Empty, or why it was refused, in words. */
  error: string;
  id: string;
  /** For the control: what describes it, and that it is wrong. */
  aria: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean | undefined; "data-at": string };
}

/** A field. With `deep` it also shows what was refused further inside, such as an entry of a list. */
export function useField<V>(at: string, label: string, o: { hint?: boolean; deep?: boolean } = {}): Field<V> {
  const f = useForm();
  const t = useT();
  const id = useId();
  f.labels.set(at, label);
  const wrong = f.errors.find((e) => e.pointer === at || (o.deep && e.pointer.startsWith(`${at}/`)));
  const describes = [o.hint ? `${id}-hint` : "", wrong ? `${id}-error` : ""].filter(Boolean).join(" ");
  return {
    value: valueAt(f.value, at) as V,
    set: (v) => f.set(at, v),
    error: wrong ? t.or(`field.${wrong.code}`, "field.invalid") : "",
    id,
    aria: { id, "aria-describedby": describes || undefined, "aria-invalid": wrong ? true : undefined, "data-at": at },
  };
}

/** The label, hint and error around one control. */
export function Frame({ field, label, hint, wide, children }: { field: Field<never> | Field<unknown>; label: string; hint?: string | undefined; wide?: boolean | undefined; children: ReactNode }) {
  return (
    <div className={`field${field.error ? " wrong" : ""}${wide ? " wide" : ""}`}>
      <label htmlFor={field.id}>{label}</label>
      {children}
      <Notes field={field} hint={hint} />
    </div>
  );
}

export function Notes({ field, hint }: { field: { id: string; error: string }; hint?: string | undefined }) {
  return (
    <>
      {hint && <p className="field-hint" id={`${field.id}-hint`}>{hint}</p>}
      {field.error && <p className="field-error" id={`${field.id}-error`}>{field.error}</p>}
    </>
  );
}

/** A part of a form with its heading. */
export function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="form-section" aria-labelledby={id}>
      <header><h2 id={id} tabIndex={-1}>{title}</h2>{text && <p className="muted">{text}</p>}</header>
      <div className="form-fields">{children}</div>
    </section>
  );
}
