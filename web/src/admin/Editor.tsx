import { Check, CircleAlert, Trash2 } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Dialog } from "../ui/Dialog.tsx";
import type { Kind, Stored } from "./kind.ts";
import { FormContext } from "./form.tsx";
import { Ask } from "./parts.tsx";
import { patchOf, valueAt } from "./pointer.ts";
import { adminPath, go } from "./route.ts";
import { type Edited, useEditor } from "./useEditor.ts";
import { useT } from "./words.ts";

/** The form of one object with everything around it: saving, refusals, conflicts, removal. */
export function Editor<V extends Stored>({ kind, stored, onSaved }: { kind: Kind<V>; stored: V | null; onSaved: (v: V) => void }) {
  const list = `${adminPath}/${kind.section}`;
  const id = stored?.id ?? "new";
  const e = useEditor<V>({ path: `${kind.path}/${id}`, stored, blank: kind.blank, createAt: kind.path, send: kind.send });
  const save = async (): Promise<void> => {
    const done = await e.save();
    if (done && !stored) kind.made?.(done);
    if (done) onSaved(done);
    if (!done || stored) return;
    go(`${list}/${done.id}`, "replace");
  };
  return (
    <EditorFrame e={e} save={save} name={stored ? kind.nameOf(e.base) : ""} remove={stored ? async () => { if (await e.remove()) go(list, "replace"); } : undefined}>
      <div className={kind.Aside ? "with-aside" : undefined}>
        <div className="form-sections"><Contents /><kind.Form id={id} /></div>
        {kind.Aside && <aside className="form-aside"><kind.Aside id={id} /></aside>}
      </div>
    </EditorFrame>
  );
}

/** The parts of a long form, to go to. */
function Contents() {
  const t = useT();
  const nav = useRef<HTMLElement>(null);
  const [heads, setHeads] = useState<HTMLElement[]>([]);
  useEffect(() => setHeads([...(nav.current?.parentElement?.querySelectorAll<HTMLElement>(".form-section > header > h2") ?? [])]), [t]);
  return (
    <nav ref={nav} className="contents" aria-label={t("contents")} hidden={heads.length < 5}>
      {heads.map((h) => <button key={h.id} type="button" onClick={() => { h.closest("section")?.scrollIntoView({ block: "start" }); h.focus({ preventScroll: true }); }}>{h.textContent}</button>)}
    </nav>
  );
}

export function EditorFrame<V extends Stored>({ e, save, name, remove, children }: { e: Edited<V>; save: () => Promise<void>; name: string; remove?: (() => Promise<void>) | undefined; children: ReactNode }) {
  const t = useT();
  const form = useRef<HTMLFormElement>(null);
  const [asking, setAsking] = useState(false);
  const submit = (event?: FormEvent): void => {
    event?.preventDefault();
    if (!e.busy) void save();
  };
  const latest = useRef(submit);
  latest.current = submit;
  useEffect(() => {
    const keys = (k: KeyboardEvent): void => {
      if (k.key !== "s" || !(k.ctrlKey || k.metaKey)) return;
      k.preventDefault();
      latest.current();
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, []);
  const first = useRef("");
  first.current = e.form.errors[0]?.pointer ?? "";
  useEffect(() => {
    if (e.refusals) control(form.current, first.current)?.focus();
  }, [e.refusals]);
  return (
    <FormContext value={e.form}>
      <form ref={form} className="editor" noValidate onSubmit={submit}>
        <Refusal e={e} form={form.current} />
        {children}
        <footer className="save-bar">
          {remove && <button type="button" className="button ghost-danger" onClick={() => setAsking(true)}><Trash2 size={15} aria-hidden />{t("delete")}</button>}
          <span className="save-state" role="status">{e.busy ? t("saving") : e.dirty ? t("unsaved") : e.saved ? <><Check size={15} aria-hidden />{t("saved")}</> : ""}</span>
          {e.dirty && <button type="button" className="button" disabled={e.busy} onClick={e.discard}>{t("discard")}</button>}
          <button type="submit" className="button primary" disabled={e.busy || (!e.dirty && e.base.version > 0)} aria-keyshortcuts="Control+S">{t("save")}</button>
        </footer>
      </form>
      {asking && remove && <Ask title={t("delete.title", { name })} text={t("delete.text")} yes={t("delete")} busy={e.busy} onNo={() => setAsking(false)} onYes={() => { setAsking(false); void remove(); }} />}
      {e.theirs && <Conflict e={e} theirs={e.theirs} />}
    </FormContext>
  );
}

/** The control of a pointer, or of the field that holds it. */
function control(form: HTMLElement | null, pointer: string): HTMLElement | null {
  for (let at = pointer; at; at = at.slice(0, at.lastIndexOf("/"))) {
    const found = form?.querySelector<HTMLElement>(`[data-at="${CSS.escape(at)}"]`);
    if (found) return found.matches("input, select, textarea, button") ? found : (found.querySelector<HTMLElement>("input, select, textarea, button") ?? found);
  }
  return null;
}

function Refusal<V extends Stored>({ e, form }: { e: Edited<V>; form: HTMLElement | null }) {
  const t = useT();
  if (!e.problem) return null;
  const fields = e.form.errors;
  return (
    <div className="refusal" role="alert">
      <CircleAlert size={17} aria-hidden />
      <div>
        <p>{fields.length ? t("refused.fields", { n: fields.length }) : t.or(`error.${e.problem}`, "error.internal")}</p>
        {fields.length > 0 && (
          <ul>
            {fields.map((f) => (
              <li key={f.pointer + f.code}><button type="button" className="link" onClick={() => control(form, f.pointer)?.focus()}>{labelOf(e, f.pointer)}</button>: {t.or(`field.${f.code}`, "field.invalid")}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function labelOf<V extends Stored>(e: Edited<V>, pointer: string): string {
  for (let at = pointer; at; at = at.slice(0, at.lastIndexOf("/"))) {
    const label = e.form.labels.get(at);
    if (label) return label;
  }
  return pointer;
}

/** Somebody else saved the object since it was read: what they wrote, what one wants oneself. */
function Conflict<V extends Stored>({ e, theirs }: { e: Edited<V>; theirs: V }) {
  const t = useT();
  const mine = patchOf(e.base, e.draft);
  const changed = Object.keys({ ...patchOf(e.base, theirs), ...mine }).filter((k) => k !== "version");
  const show = (v: unknown): string => (v === undefined || v === "" ? t("none") : typeof v === "object" ? JSON.stringify(v) : String(v));
  return (
    <Dialog title={t("conflict.title")} wide onClose={e.decideLater} footer={<>
      <button type="button" className="button" onClick={e.takeTheirs}>{t("conflict.theirs")}</button>
      <button type="button" className="button primary" onClick={() => void e.keepMine()}>{t("conflict.mine")}</button>
    </>}>
      <p>{t("conflict.text")}</p>
      <table className="differences">
        <thead><tr><th scope="col">{t("conflict.field")}</th><th scope="col">{t("conflict.is")}</th><th scope="col">{t("conflict.want")}</th></tr></thead>
        <tbody>
          {changed.map((k) => (
            <tr key={k}><th scope="row">{labelOf(e, `/${k}`)}</th><td>{show(valueAt(theirs, `/${k}`))}</td><td>{k in mine ? show(valueAt(e.draft, `/${k}`)) : <span className="muted">{t("conflict.same")}</span>}</td></tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
