import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { complain, search, transfer } from "../state/actions.ts";
import { useNear } from "../state/near.ts";
import { askToTransfer } from "../state/tools.ts";
import { useDesk } from "../state/store.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { fold } from "../ui/format.ts";
import { Failed, Loading } from "../ui/States.tsx";
import type { Directory, DirectoryAgent, Ref } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";

type Choice = { agent: DirectoryAgent } | { queue: Ref };
const keyOf = (c: Choice): string => ("agent" in c ? c.agent.id : c.queue.id);
const can = (c: Choice): boolean => "queue" in c || c.agent.dot === "green";

/** Agents that were found, as they are now, in the order in which they were found; below them who could take it since then. */
export function asNow(found: DirectoryAgent[], typed: string, now: Map<string, DirectoryAgent> | null): DirectoryAgent[] {
  if (!now) return found;
  const listed = new Set(found.map((a) => a.id));
  const since = [...now.values()].filter((a) => a.dot === "green" && !listed.has(a.id) && fold(a.name).includes(fold(typed)));
  return [...found.map((a) => now.get(a.id) ?? a), ...since.sort((x, y) => x.name.localeCompare(y.name))];
}

/** Whom to hand over to: type a name, choose, then the button can be pressed. Who cannot take it is listed and says why. */
export function TransferDialog({ id }: { id: string }) {
  const t = useWords();
  const field = useId();
  const me = useDesk((d) => d.agent?.id);
  const own = useDesk((d) => d.talks[id]?.head.queue.id);
  const [typed, setTyped] = useState("");
  const [answer, setAnswer] = useState<{ for: string; found: Directory } | null>(null);
  const [failed, setFailed] = useState(false);
  const [turn, setTurn] = useState(0);
  const found = answer?.found;
  const now = useNear("agents");
  const [chosen, setChosen] = useState("");
  const [at, setAt] = useState(-1);
  const early = useRef(false); // Enter was pressed before anybody was there who can take it
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    let over = false;
    setFailed(false);
    search(typed).then((d) => over || setAnswer({ for: typed, found: d }), (e: unknown) => over || (complain(e), setFailed(true)));
    return () => void (over = true);
  }, [typed, turn]);
  const list: Choice[] = answer && found ? [...asNow(found.agents, answer.for, now).filter((a) => a.id !== me).map((agent) => ({ agent })), ...found.queues.filter((q) => q.id !== own).map((queue) => ({ queue }))] : [];
  const ready = list.some(can);
  const target = list.find((c) => keyOf(c) === chosen && can(c));
  const pick = (c: Choice | undefined): void => void (c && can(c) && (setChosen(keyOf(c)), setProblem("")));
  const keys = (e: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && list.length) { e.preventDefault(); setAt((at + step + list.length) % list.length); }
    if (e.key === "Enter") {
      e.preventDefault();
      const here = list[at] ?? list.find(can); // the pointer follows the list a moment later
      if (answer?.for !== typed || !ready) early.current = true;
      else if (here && keyOf(here) !== chosen) pick(here);
      else void go();
    }
  };
  // What was typed points at the first who can take it, now or as soon as there is one: name, Enter, Enter. A list that comes
  // again moves nothing.
  const current = answer?.for;
  useEffect(() => {
    if (!current || !ready) return;
    const first = list.findIndex(can);
    setAt(first);
    if (early.current) pick(list[first]);
    early.current = false;
  }, [current, ready]);
  const go = async (): Promise<void> => {
    if (!target || busy) return;
    setBusy(true);
    const wrong = await transfer(id, "agent" in target ? { agent_id: target.agent.id } : { queue_id: target.queue.id }, note.trim());
    setBusy(false);
    if (wrong) setProblem(wrong);
    else askToTransfer(null);
  };
  return (
    <Dialog
      title={t("transfer.title")} onClose={() => askToTransfer(null)}
      footer={<>
        <button type="button" className="button" onClick={() => askToTransfer(null)}>{t("cancel")}</button>
        <button type="button" className="button primary" disabled={!target || busy} onClick={() => void go()}>{t("transfer.do")}</button>
      </>}
    >
      <label htmlFor={field}>{t("transfer.to")}</label>
      <div className="search">
        <Search size={15} aria-hidden />
        <input
          id={field} ref={input} role="combobox" aria-expanded aria-controls={`${field}-list`} aria-activedescendant={list[at] ? `${field}-${at}` : undefined} aria-autocomplete="list"
          autoComplete="off" placeholder={t("transfer.search")} value={typed} maxLength={100} onChange={(e) => { setTyped(e.target.value); setAt(-1); early.current = false; }} onKeyDown={keys}
        />
      </div>
      {failed ? <Failed again={() => setTurn(turn + 1)} /> : !found && <Loading rows={4} />}
      <ul id={`${field}-list`} role="listbox" aria-label={t("transfer.to")} className="target-list">
        {list.map((c, i) => <Target key={keyOf(c)} id={`${field}-${i}`} choice={c} at={i === at} on={keyOf(c) === chosen && can(c)} pick={() => pick(c)} />)}
      </ul>
      {found && list.length === 0 && <p className="muted">{t("nothing")}</p>}
      <label>{t("transfer.note")}<textarea rows={2} value={note} maxLength={2000} onChange={(e) => setNote(e.target.value)} /></label>
      {problem && <p className="field-error" role="alert">{t.or(problem, "error.internal")}</p>}
    </Dialog>
  );
}

function Target({ id, choice: c, at, on, pick }: { id: string; choice: Choice; at: boolean; on: boolean; pick: () => void }) {
  const t = useWords();
  const dot = "agent" in c ? c.agent.dot : "queue";
  const name = "agent" in c ? c.agent.name : c.queue.name;
  const why = "agent" in c ? t.or(`why.${c.agent.why}`, "why.offline") : t("transfer.queue");
  return (
    <li id={id} role="option" aria-selected={on} aria-disabled={!can(c)} className={`target${at ? " at" : ""}`} onClick={pick}>
      <span className={`dot ${dot}`} aria-hidden /><span className="target-name">{name}</span><span className="muted">{why}</span>
      {"agent" in c && <span className="count tabular">{c.agent.load}/{c.agent.capacity}</span>}
    </li>
  );
}
