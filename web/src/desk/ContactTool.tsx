import { Eye, Pencil } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { complainRest } from "../state/actions.ts";
import { useDesk } from "../state/store.ts";
import { document, identity, moment } from "../ui/format.ts";
import { Failed, Loading } from "../ui/States.tsx";
import { useRest } from "../ui/useRest.ts";
import type { Contact, ContactField } from "../wire/protocol.ts";
import { type Page, rest } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";
import { Merge } from "./Merge.tsx";

/** Who the customer is. Only what was changed is sent, so that two agents who change different things keep both. */
export function ContactTool({ id }: { id: string }) {
  const contact = useDesk((d) => d.talks[id]?.head.contact.id ?? "");
  const { data, load, again, set } = useRest<Contact>(contact && `/contacts/${contact}`);
  const fields = useRest<Page<ContactField>>("/contact-fields?limit=200");
  const [editing, setEditing] = useState<Contact | null>(null);
  const turn = useDesk((d) => d.talks[id]?.contactTurn ?? 0);
  useEffect(() => void (turn && again()), [turn, again]); // somebody else's change shows too
  const list = (fields.data?.items ?? []).toSorted((a, b) => a.position - b.position);
  if (editing) return <Edit contact={editing} fields={list} done={(c) => { if (c) set(c); setEditing(null); }} />; // whatever is read meanwhile, what is typed stays
  if (load === "failed") return <Failed again={again} />;
  if (!data) return <Loading />;
  return <View contact={data} fields={list} edit={() => setEditing(data)} set={set} />;
}

const shown = (v: unknown): string => (v === undefined || v === null || v === "" ? "" : String(v));

function View({ contact: c, fields, edit, set }: { contact: Contact; fields: ContactField[]; edit: () => void; set: (c: Contact) => void }) {
  const t = useWords();
  return (
    <div className="stack">
      <dl className="facts">
        <div><dt>{t("contact.name")}</dt><dd>{c.name || t("contact.unnamed")}</dd></div>
        {c.identities.map((i) => <div key={i.kind + i.value}><dt>{t.or(`kind.${i.kind}`, "kind.other")}</dt><dd className="tabular">{identity(i.value)}</dd></div>)}
        {c.documents.map((i) => <div key={i.kind + i.value}><dt>{i.kind.toUpperCase()}</dt><dd className="tabular">{document(i.value)}</dd></div>)}
        {fields.map((f) => <div key={f.key}><dt>{f.label}</dt><dd>{shown(c.fields[f.key]) || "—"}{c.missing_fields.includes(f.key) && <span className="mark bad">{t("contact.missing")}</span>}</dd></div>)}
        <div><dt>{t("contact.since")}</dt><dd>{c.created_at && moment(c.created_at)}</dd></div>
      </dl>
      {c.masked.length > 0 && <Reveal contact={c} set={set} />}
      <button type="button" className="button small" onClick={edit}><Pencil size={14} aria-hidden />{t("edit")}</button>
      <Merge contact={c} set={set} />
    </div>
  );
}

/** What is masked is shown to who says why; that is kept. */
function Reveal({ contact, set }: { contact: Contact; set: (c: Contact) => void }) {
  const t = useWords();
  const [reason, setReason] = useState("");
  const ask = (e: FormEvent): void => {
    e.preventDefault();
    rest<Contact>(`/contacts/${contact.id}/reveal`, { method: "POST", body: { reason } }).then(set, complainRest);
  };
  return (
    <form className="reveal" onSubmit={ask}>
      <label>{t("contact.why")}<input value={reason} required maxLength={200} onChange={(e) => setReason(e.target.value)} /></label>
      <button type="submit" className="button small"><Eye size={14} aria-hidden />{t("contact.reveal")}</button>
    </form>
  );
}

/** What is sent is what differs from the details as they were when the editing began: a change of somebody else stays. */
function Edit({ contact: c, fields, done }: { contact: Contact; fields: ContactField[]; done: (c: Contact | null) => void }) {
  const t = useWords();
  const [problem, setProblem] = useState("");
  const masked = new Set(c.masked);
  const open = fields.filter((f) => !masked.has(`/fields/${f.key}`));
  const submit = async (e: FormEvent<HTMLFormElement>): Promise<void> => {
    e.preventDefault();
    const form = new FormData(e.currentTarget);
    const body: { name?: string; fields?: { [k: string]: unknown } } = {};
    const name = String(form.get("name")).trim();
    if (name !== c.name) body.name = name;
    const changed: { [k: string]: unknown } = {};
    for (const f of open) {
      const text = String(form.get(`field.${f.key}`) ?? "").trim();
      if (text !== shown(c.fields[f.key])) changed[f.key] = text === "" ? null : f.kind === "number" ? Number(text) : f.kind === "bool" ? text === "true" : text;
    }
    if (Object.keys(changed).length) body.fields = changed;
    if (!Object.keys(body).length) return done(null);
    try {
      done(await rest<Contact>(`/contacts/${c.id}`, { method: "PATCH", body }));
    } catch (x) {
      setProblem(complainRest(x));
    }
  };
  return (
    <form className="stack" onSubmit={(e) => void submit(e)}>
      <label>{t("contact.name")}<input name="name" defaultValue={c.name} maxLength={200} autoFocus /></label>
      {open.map((f) => (
        <label key={f.key}>{f.label}
          {f.kind === "choice" || f.kind === "bool"
            ? <select name={`field.${f.key}`} defaultValue={shown(c.fields[f.key])}><option value="">—</option>{(f.kind === "bool" ? ["true", "false"] : f.choices).map((x) => <option key={x} value={x}>{x === "true" ? t("yes") : x === "false" ? t("no") : x}</option>)}</select>
            : <input name={`field.${f.key}`} type={f.kind === "number" ? "number" : f.kind === "date" ? "date" : "text"} defaultValue={shown(c.fields[f.key])} />}
        </label>
      ))}
      {problem && <p className="field-error" role="alert">{problem}</p>}
      <div className="row-end"><button type="button" className="button small" onClick={() => done(null)}>{t("cancel")}</button><button type="submit" className="button small primary">{t("save")}</button></div>
    </form>
  );
}
