import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { toast } from "../state/store.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { identity } from "../ui/format.ts";
import type { ConversationHead, LiveAgent } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { assign } from "./actions.ts";
import { useBoard } from "./board.ts";
import { agentsBy, dotOf, filterAgents } from "./figures.ts";

const most = 50; // names at a time; typing narrows them down
const can = (a: LiveAgent): boolean => a.status === "ready" && dotOf(a) !== "grey" && a.hard_load < a.hard_capacity;

/** Gives a conversation to an agent without asking. Who cannot have it is listed and says why. */
export function AssignDialog({ head, close }: { head: ConversationHead; close: () => void }) {
  const t = useWords();
  const field = useId();
  const agents = useBoard((b) => b.agents);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState("");
  const [at, setAt] = useState(-1);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const list = useMemo(() => {
    const of = filterAgents(agents.values(), { text, state: "", queue: head.queue.id }).filter((a) => a.agent.id !== head.owner_agent_id);
    return agentsBy(of, "state", false).slice(0, most);
  }, [agents, text, head.queue.id, head.owner_agent_id]);
  const target = list.find((a) => a.agent.id === chosen && can(a));
  const pick = (a: LiveAgent | undefined): void => void (a && can(a) && (setChosen(a.agent.id), setProblem("")));
  const go = async (): Promise<void> => {
    if (!target || busy) return;
    setBusy(true);
    const wrong = await assign(head.id, target.agent.id);
    setBusy(false);
    if (wrong) return setProblem(wrong);
    toast("good", "assign.done", { name: target.agent.name });
    close();
  };
  const keys = (e: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && list.length) { e.preventDefault(); setAt((at + step + list.length) % list.length); }
    if (e.key === "Enter") { e.preventDefault(); if (list[at] && list[at].agent.id !== chosen) pick(list[at]); else void go(); }
  };
  return (
    <Dialog
      title={t("assign.title", { name: head.contact.name || identity(head.contact.identity) })} onClose={close}
      footer={<>
        <button type="button" className="button" onClick={close}>{t("cancel")}</button>
        <button type="button" className="button primary" disabled={!target || busy} onClick={() => void go()}>{t("assign.do")}</button>
      </>}
    >
      <label htmlFor={field}>{t("assign.to", { name: head.queue.name })}</label>
      <div className="search">
        <Search size={15} aria-hidden />
        <input
          id={field} ref={input} role="combobox" aria-expanded aria-controls={`${field}-list`} aria-activedescendant={list[at] ? `${field}-${at}` : undefined} aria-autocomplete="list"
          autoComplete="off" placeholder={t("transfer.search")} value={text} maxLength={100} onChange={(e) => { setText(e.target.value); setAt(-1); }} onKeyDown={keys}
        />
      </div>
      <ul id={`${field}-list`} role="listbox" aria-label={t("assign.to", { name: head.queue.name })} className="target-list">
        {list.map((a, i) => (
          <li key={a.agent.id} id={`${field}-${i}`} role="option" aria-selected={a === target} aria-disabled={!can(a)} className={`target${i === at ? " at" : ""}`} onClick={() => pick(a)}>
            <span className={`dot ${dotOf(a)}`} aria-hidden /><span className="target-name">{a.agent.name}</span>
            <span className="muted">{dotOf(a) === "amber" && can(a) ? t("assign.beyond") : t.or(`why.${a.why || "available"}`, "why.available")}</span><span className="count tabular">{a.load}/{a.capacity}</span>
          </li>
        ))}
      </ul>
      {list.length === 0 && <p className="muted">{t("nothing")}</p>}
      <p className="muted">{t("assign.text")}</p>
      {problem && <p className="field-error" role="alert">{t.or(problem, "assign.unavailable")}</p>}
    </Dialog>
  );
}
