import { KeySquare, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "../../state/store.ts";
import { moment } from "../../ui/format.ts";
import { Empty, Failed, Loading } from "../../ui/States.tsx";
import { useRest } from "../../ui/useRest.ts";
import type { APIToken, Channel } from "../../wire/protocol.ts";
import { type Page, Refused, rest } from "../../wire/rest.ts";
import { useAll } from "../data.ts";
import { EditorFrame } from "../Editor.tsx";
import { Many, Text } from "../fields.tsx";
import { Section } from "../form.tsx";
import { Ask, PageHead, Secret } from "../parts.tsx";
import { useEditor } from "../useEditor.ts";
import { type Key, useT } from "../words.ts";

const scopes = ["conversations:read", "conversations:write", "contacts:read", "contacts:write", "attachments", "live:read", "reports:read", "config:read", "config:write", "channel:*", "admin"];

/** Credentials for programs. Each is shown once; what is revoked stops at once. */
export function Tokens() {
  const t = useT();
  const { data, load, again } = useRest<Page<APIToken>>("/api-tokens?limit=500");
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<APIToken | null>(null);
  const [gone, setGone] = useState<APIToken | null>(null);
  const revoke = async (token: APIToken): Promise<void> => {
    setGone(null);
    try {
      await rest(`/api-tokens/${token.id}`, { method: "DELETE" });
    } catch (e) {
      toast("bad", `error.${e instanceof Refused ? e.code : "internal"}`);
    }
    if (made?.id === token.id) setMade(null);
    again();
  };
  const list = data?.items.toSorted((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <PageHead title={t("kind.tokens")} text={t("kind.tokens.text")}>
        {!making && <button type="button" className="button primary" onClick={() => { setMaking(true); setMade(null); }}><Plus size={16} aria-hidden />{t("kind.tokens.new")}</button>}
      </PageHead>
      {made?.secret && <Secret title={t("t.made", { name: made.name })} text={t("t.once")} value={made.secret} />}
      {making ? <Make done={(token) => { setMaking(false); if (token) { setMade(token); again(); } }} />
        : load === "failed" ? <Failed again={again} /> : !list ? <Loading />
        : list.length === 0 ? <div className="card"><Empty icon={KeySquare} title={t("kind.tokens.empty")}>{t("kind.tokens.text")}</Empty></div> : (
          <div className="card list"><div className="table-scroll" tabIndex={0} role="region" aria-label={t("kind.tokens")}>
            <table>
              <thead><tr><th scope="col">{t("name")}</th><th scope="col">{t("t.scopes")}</th><th scope="col">{t("t.created")}</th><th scope="col">{t("t.used")}</th><th scope="col">{t("t.expires")}</th><th scope="col"><span className="hidden">{t("t.revoke")}</span></th></tr></thead>
              <tbody>
                {list.map((x) => (
                  <tr key={x.id}>
                    <th scope="row">{x.name}</th>
                    <td><span className="chips">{x.scopes.map((s) => <span key={s} className="chip">{s}</span>)}</span></td>
                    <td className="tabular">{x.created_at ? moment(x.created_at) : "–"}</td>
                    <td className="tabular">{x.last_used_at ? moment(x.last_used_at) : <span className="muted">{t("t.never")}</span>}</td>
                    <td className="tabular">{x.expires_at ? moment(x.expires_at) : <span className="muted">{t("t.noEnd")}</span>}</td>
                    <td><button type="button" className="icon-button" aria-label={`${t("t.revoke")}: ${x.name}`} onClick={() => setGone(x)}><Trash2 size={15} /></button></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div></div>
        )}
      {gone && <Ask title={t("t.revoke.title", { name: gone.name })} text={t("t.revoke.text")} yes={t("t.revoke")} onNo={() => setGone(null)} onYes={() => void revoke(gone)} />}
    </>
  );
}

interface Draft extends APIToken {
  until?: string;
}

function Make({ done }: { done: (t: APIToken | null) => void }) {
  const t = useT();
  const channels = useAll<Channel>("/channels");
  const e = useEditor<Draft>({
    path: "/api-tokens", createAt: "/api-tokens", stored: null, blank: { name: "", scopes: [] },
    send: ({ name, scopes, until }) => ({ name, scopes, ...(until ? { expires_at: new Date(`${until}T23:59:59`).toISOString() } : {}) }),
  });
  const save = async (): Promise<void> => {
    const made = await e.save();
    if (made) done(made);
  };
  return (
    <EditorFrame e={e} save={save} name="">
      <Section title={t("section.basic")}>
        <Text at="/name" label={t("name")} required max={100} hint={t("t.name.hint")} />
        <Text at="/until" label={t("t.expires")} hint={t("t.expires.hint")} type="date" />
        <Many at="/scopes" label={t("t.scopes")} hint={t("t.scopes.hint")} empty="" options={[...scopes.map((s) => ({ value: s, label: s, hint: t(`t.scope.${s}` as Key) })), ...channels.map((c) => ({ value: `channel:${c.id}`, label: c.name, hint: t("t.scope.channel") }))]} />
      </Section>
      <button type="button" className="button cancel" onClick={() => done(null)}>{t("cancel")}</button>
    </EditorFrame>
  );
}
