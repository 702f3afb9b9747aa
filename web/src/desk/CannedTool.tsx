import { MessageSquareText, Plus, Search } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { complainRest } from "../state/actions.ts";
import { setDraft } from "../state/saving.ts";
import { fillIn, matching } from "../state/canned.ts";
import { loadCanned } from "../state/messages.ts";
import { get, set, toast, useDesk } from "../state/store.ts";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import type { CannedResponse } from "../wire/protocol.ts";
import { rest } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";

/** Prepared texts by folder. One is put into the draft, never sent by itself. */
export function CannedTool({ id }: { id: string }) {
  const t = useWords();
  const head = useDesk((d) => d.talks[id]?.head);
  const list = useDesk((d) => d.canned);
  const load = useDesk((d) => d.cannedLoad);
  const [typed, setTyped] = useState("");
  const [adding, setAdding] = useState(false);
  useEffect(() => void loadCanned(), [load]);
  if (!head) return null;
  const agent = get().agent?.name ?? "";
  const found = matching(list, head.queue.id, typed);
  const folders = [...new Set(found.map((c) => c.folder))];
  const insert = (c: CannedResponse): void => {
    const filled = fillIn(c.text, head, agent);
    if (filled.missing.length) toast("info", "canned.missing", { names: filled.missing.join(", ") });
    const draft = get().drafts[id] ?? "";
    setDraft(id, draft ? `${draft.trimEnd()} ${filled.text}` : filled.text);
    document.querySelector<HTMLTextAreaElement>(".composer textarea")?.focus();
  };
  return (
    <>
      <div className="search"><Search size={15} aria-hidden /><input aria-label={t("canned.search")} placeholder={t("canned.search")} value={typed} onChange={(e) => setTyped(e.target.value)} /></div>
      {load === "loading" && <Loading />}
      {load === "failed" && <Failed again={() => void loadCanned()} />}
      {load === "ready" && found.length === 0 && <Empty icon={MessageSquareText} title={t(list.length ? "nothing" : "canned.none")} />}
      {folders.map((folder) => (
        <section key={folder} className="folder">
          <h3>{folder || t("canned.loose")}</h3>
          <ul>{found.filter((c) => c.folder === folder).map((c) => (
            <li key={c.id}><button type="button" className="canned" onClick={() => insert(c)}>
              <span className="canned-head"><strong>{c.title}</strong><code>/{c.shortcut}</code>{c.owner_agent_id && <span className="chip">{t("canned.own")}</span>}</span>
              <span className="canned-text">{fillIn(c.text, head, agent).text}</span>
            </button></li>
          ))}</ul>
        </section>
      ))}
      {adding ? <New done={() => setAdding(false)} /> : <button type="button" className="button small" onClick={() => setAdding(true)}><Plus size={14} aria-hidden />{t("canned.add")}</button>}
    </>
  );
}

function New({ done }: { done: () => void }) {
  const t = useWords();
  const submit = async (e: FormEvent<HTMLFormElement>): Promise<void> => {
    e.preventDefault();
    const form = new FormData(e.currentTarget);
    const text = (name: string): string => String(form.get(name)).trim();
    try {
      const made = await rest<CannedResponse>("/canned-responses", {
        method: "POST", body: { shortcut: text("shortcut"), title: text("title"), text: text("text"), owner_agent_id: get().user?.id ?? "" },
      });
      set((d) => ({ ...d, canned: [...d.canned.filter((c) => c.id !== made.id), made] }));
      done();
    } catch (x) {
      complainRest(x);
    }
  };
  return (
    <form className="stack" onSubmit={(e) => void submit(e)}>
      <label>{t("canned.shortcut")}<input name="shortcut" required maxLength={50} pattern="\S+" autoFocus /></label>
      <label>{t("canned.title")}<input name="title" required maxLength={100} /></label>
      <label>{t("canned.text")}<textarea name="text" rows={3} required maxLength={4096} /></label>
      <p className="muted">{t("canned.variables")} {"{{contact.name}} {{protocol}} {{agent.name}} {{queue.name}}"}</p>
      <div className="row-end"><button type="button" className="button small" onClick={done}>{t("cancel")}</button><button type="submit" className="button small primary">{t("save")}</button></div>
    </form>
  );
}
