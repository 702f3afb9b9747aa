import { Merge as MergeIcon, Search, Split } from "lucide-react";
import { type ReactNode, useState } from "react";
import { complainRest } from "../state/actions.ts";
import { identity, moment } from "../ui/format.ts";
import { Failed } from "../ui/States.tsx";
import { usePages } from "../ui/usePages.ts";
import { useTyped } from "../ui/useTyped.ts";
import type { Contact, MergedContact } from "../wire/protocol.ts";
import { rest } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";

/** Contacts of the same person: those that this one stands for, and finding another one. */
export function Merge({ contact, set }: { contact: Contact; set: (c: Contact) => void }) {
  const t = useWords();
  const [open, setOpen] = useState(false);
  const unmerge = (m: MergedContact): void => {
    rest(`/contacts/${m.id}/unmerge`, { method: "POST" }).then(() => rest<Contact>(`/contacts/${contact.id}`)).then(set, complainRest);
  };
  return (
    <>
      {contact.merged.length > 0 && (
        <section className="stack"><h3>{t("merge.with")}</h3>
          {contact.merged.map((m) => (
            <div key={m.id} className="merged"><span><strong>{m.name || t("contact.unnamed")}</strong><span className="muted">{m.identities.map((i) => identity(i.value)).join(", ")}</span><span className="muted">{m.merged_by.name} · {moment(m.merged_at)}</span></span>
              <button type="button" className="button small" onClick={() => unmerge(m)}><Split size={14} aria-hidden />{t("merge.undo")}</button></div>
          ))}
        </section>
      )}
      {open
        ? <Find contact={contact} done={(c) => { setOpen(false); if (c) set(c); }} />
        : <button type="button" className="button small" onClick={() => setOpen(true)}><MergeIcon size={14} aria-hidden />{t("merge.start")}</button>}
    </>
  );
}

function Find({ contact, done }: { contact: Contact; done: (c: Contact | null) => void }) {
  const t = useWords();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<Contact | null>(null);
  const asked = useTyped(typed);
  const { items, load, again } = usePages<Contact>(asked ? `/contacts?limit=20&q=${encodeURIComponent(asked)}` : null);
  const found = asked ? items.filter((c) => c.id !== contact.id) : [];
  const merge = (other: Contact): void => {
    rest<Contact>(`/contacts/${contact.id}/merge`, { method: "POST", body: { contact_id: other.id } }).then(done, complainRest);
  };
  if (chosen) {
    return (
      <div className="stack" role="group" aria-label={t("merge.start")}>
        <p>{t("merge.sure", { other: chosen.name || t("contact.unnamed"), name: contact.name || t("contact.unnamed") })}</p>
        <div className="row-end"><button type="button" className="button small" onClick={() => setChosen(null)}>{t("cancel")}</button><button type="button" className="button small primary" onClick={() => merge(chosen)}>{t("merge.do")}</button></div>
      </div>
    );
  }
  return (
    <div className="stack">
      <label>{t("merge.find")}<span className="search"><Search size={15} aria-hidden /><input value={typed} maxLength={100} autoFocus autoComplete="off" onChange={(e) => setTyped(e.target.value)} /></span></label>
      <ul className="target-list">{found.map((c) => <li key={c.id}><Choice contact={c} choose={() => setChosen(c)}>{c.identities.map((i) => identity(i.value)).join(", ")}</Choice></li>)}</ul>
      {asked && load === "failed" && <Failed again={again} />}
      {asked && load === "ready" && found.length === 0 && <p className="muted">{t("nothing")}</p>}
      <div className="row-end"><button type="button" className="button small" onClick={() => done(null)}>{t("cancel")}</button></div>
    </div>
  );
}

function Choice({ contact: c, choose, children }: { contact: Contact; choose: () => void; children: ReactNode }) {
  const t = useWords();
  return <button type="button" className="target" onClick={choose}><span className="target-name">{c.name || t("contact.unnamed")}</span><span className="muted">{children}</span></button>;
}
