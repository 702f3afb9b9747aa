import { ScrollText } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { moments } from "../../ui/format.ts";
import { Empty, Failed, Loading } from "../../ui/States.tsx";
import type { Agent, AuditRecord } from "../../wire/protocol.ts";
import { type Page, rest } from "../../wire/rest.ts";
import { useAll } from "../data.ts";
import { Labelled, PageHead } from "../parts.tsx";
import { useT } from "../words.ts";

const kinds = ["queue", "agent", "channel", "script", "canned_response", "pause_reason", "skill", "business_hours", "organisation", "api_token", "webhook", "contact", "conversation"];
const none = { actor_id: "", kind: "", action: "", from: "", to: "" };

/** Who changed what, newest first. */
export function Audit() {
  const t = useT();
  const agents = useAll<Agent>("/agents");
  const [filter, setFilter] = useState(none);
  const [items, setItems] = useState<AuditRecord[] | null>(null);
  const [cursor, setCursor] = useState("");
  const [failed, setFailed] = useState(false);
  const asked = useRef(filter); // an answer to what is not asked any more is no news
  asked.current = filter;
  const load = async (after: string): Promise<void> => {
    const query = new URLSearchParams({ limit: "50" });
    for (const [k, v] of Object.entries(filter)) if (v) query.set(k, k === "from" ? new Date(`${v}T00:00:00`).toISOString() : k === "to" ? new Date(`${v}T24:00:00`).toISOString() : v);
    if (after) query.set("cursor", after);
    setFailed(false);
    try {
      const page = await rest<Page<AuditRecord>>(`/audit?${query}`);
      if (asked.current !== filter) return;
      setItems((list) => [...(after ? (list ?? []) : []), ...page.items]);
      setCursor(page.next_cursor ?? "");
    } catch {
      if (asked.current === filter) setFailed(true);
    }
  };
  useEffect(() => {
    setItems(null);
    const wait = setTimeout(() => void load(""), 150); // not for every letter
    return () => clearTimeout(wait);
  }, [filter]);
  const put = (change: Partial<typeof none>): void => setFilter({ ...filter, ...change });
  return (
    <>
      <PageHead title={t("kind.audit")} text={t("kind.audit.text")} />
      <form className="card filters" role="search" aria-label={t("kind.audit")} onSubmit={(e) => e.preventDefault()}>
        <Labelled label={t("au.by")}>{(id) => <select id={id} value={filter.actor_id} onChange={(e) => put({ actor_id: e.target.value })}><option value="">{t("au.anyone")}</option>{agents.map((a) => <option key={a.id} value={a.id}>{a.name} ({a.login})</option>)}</select>}</Labelled>
        <Labelled label={t("au.kind")}>{(id) => <select id={id} value={filter.kind} onChange={(e) => put({ kind: e.target.value })}><option value="">{t("au.anything")}</option>{kinds.map((k) => <option key={k} value={k}>{t.or(`au.kind.${k}`, "au.kind")}</option>)}</select>}</Labelled>
        <Labelled label={t("au.action")}>{(id) => <input id={id} value={filter.action} placeholder="queue." maxLength={64} onChange={(e) => put({ action: e.target.value })} />}</Labelled>
        <Labelled label={t("au.from")}>{(id) => <input id={id} type="date" value={filter.from} onChange={(e) => put({ from: e.target.value })} />}</Labelled>
        <Labelled label={t("au.to")}>{(id) => <input id={id} type="date" value={filter.to} onChange={(e) => put({ to: e.target.value })} />}</Labelled>
        <button type="button" className="button" disabled={filter === none} onClick={() => setFilter(none)}>{t("au.clear")}</button>
      </form>
      {failed ? <Failed again={() => void load("")} /> : !items ? <Loading rows={6} /> : items.length === 0 ? <div className="card"><Empty icon={ScrollText} title={t("nothing")} /></div> : (
        <div className="card list">
          <div className="table-scroll" tabIndex={0} role="region" aria-label={t("kind.audit")}>
            <table className="audit">
              <thead><tr><th scope="col">{t("au.at")}</th><th scope="col">{t("au.by")}</th><th scope="col">{t("au.action")}</th><th scope="col">{t("au.object")}</th><th scope="col">{t("au.changes")}</th></tr></thead>
              <tbody>{items.map((r) => <Entry key={r.seq} r={r} />)}</tbody>
            </table>
          </div>
          {cursor && <p className="center list-more"><button type="button" className="button small" onClick={() => void load(cursor)}>{t("more")}</button></p>}
        </div>
      )}
    </>
  );
}

const text = (v: unknown): string => (v === undefined ? "–" : typeof v === "string" ? v || "“”" : JSON.stringify(v));

function Entry({ r }: { r: AuditRecord }) {
  const t = useT();
  return (
    <tr>
      <td className="tabular nowrap">{moments(r.at)}</td>
      <td>{r.by.name || t.or(`role.${r.by.role}`, "au.server")}{r.from && <span className="muted block">{r.from}</span>}</td>
      <td><code>{r.action}</code>{r.outcome && <span className="tag off">{r.outcome}</span>}</td>
      <td>{r.object?.kind && <>{t.or(`au.kind.${r.object.kind}`, "au.kind")}<span className="muted block">{r.object.id}</span></>}</td>
      <td>
        {r.changes.length > 0 && (
          <details><summary>{r.changes.map((c) => c.field).slice(0, 4).join(", ")}{r.changes.length > 4 && " …"}</summary>
            <dl className="changes">{r.changes.map((c) => <div key={c.field}><dt>{c.field}</dt><dd><del>{text(c.before)}</del> <ins>{text(c.after)}</ins></dd></div>)}</dl>
          </details>
        )}
      </td>
    </tr>
  );
}
