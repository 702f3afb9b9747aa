import { Lock, StickyNote } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { addNote, jot, search } from "../state/actions.ts";
import { loadNotes } from "../state/messages.ts";
import type { Jotted } from "../state/model.ts";
import { get, useDesk } from "../state/store.ts";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import type { DirectoryAgent } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { NoteBubble } from "./Bubble.tsx";

/** Notes for colleagues. They have a field of their own, so that none is ever sent to a customer by mistake. */
export function NotesTool({ id }: { id: string }) {
  const t = useWords();
  const notes = useDesk((d) => d.talks[id]?.notes);
  const state = useDesk((d) => d.talks[id]?.notesLoad);
  return (
    <>
      <Write id={id} />
      {state === "loading" && <Loading rows={2} />}
      {state === "failed" && <Failed again={() => void loadNotes(id)} />}
      {state === "ready" && notes?.length === 0 && <Empty icon={StickyNote} title={t("note.none")} />}
      {notes?.toReversed().map((n) => <NoteBubble key={n.id} note={n} />)}
    </>
  );
}

const blank: Jotted = { text: "", named: {} };
const shown = 6; // colleagues at a time
const atWord = /(?:^|\s)@([^\s@]*)$/;

function Write({ id }: { id: string }) {
  const t = useWords();
  const box = useRef<HTMLTextAreaElement>(null);
  const { text, named } = useDesk((d) => d.jotted[id] ?? blank);
  const setText = (value: string, names = named): void => jot(id, { text: value, named: names });
  const [typed, setTyped] = useState<string | null>(null);
  const [found, setFound] = useState<DirectoryAgent[]>([]);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (typed === null) return setFound([]);
    let over = false;
    search(typed).then((d) => over || setFound(d.agents.slice(0, shown)), () => {});
    return () => void (over = true);
  }, [typed]);

  const change = (value: string, caret: number): void => {
    setText(value);
    setTyped(atWord.exec(value.slice(0, caret))?.[1] ?? null);
    setAt(0);
  };
  const choose = (a: DirectoryAgent): void => {
    const caret = box.current?.selectionStart ?? text.length;
    const before = text.slice(0, caret).replace(/@[^\s@]*$/, `@${a.name} `);
    setText(before + text.slice(caret), { ...named, [a.name]: a.id });
    setTyped(null);
    requestAnimationFrame(() => { box.current?.focus(); box.current?.setSelectionRange(before.length, before.length); });
  };
  const add = async (): Promise<void> => {
    const now = text.trim();
    if (!now) return;
    const mentions = Object.entries(named).filter(([name]) => now.includes(`@${name}`)).map(([, agent]) => agent);
    setText("");
    setTyped(null);
    if (await addNote(id, now, mentions)) return;
    const since = get().jotted[id] ?? blank; // what was begun meanwhile stays, too
    setText([now, since.text].filter(Boolean).join("\n"), { ...named, ...since.named });
  };
  const open = typed !== null && found.length > 0; // not by what was found alone: that is forgotten a moment after a choice
  const keys = (e: KeyboardEvent): void => {
    if (e.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (open && step) { e.preventDefault(); return setAt((at + step + found.length) % found.length); }
    if (open && e.key === "Escape") return setTyped(null);
    if (e.key !== "Enter" || e.shiftKey) return;
    e.preventDefault();
    if (open && found[at]) choose(found[at]);
    else void add();
  };
  return (
    <form className="stack note-form" onSubmit={(e) => { e.preventDefault(); void add(); }}>
      <label>{t("note.new")}
        <textarea
          ref={box} rows={3} value={text} maxLength={4096} placeholder={t("note.hint")} aria-autocomplete="list" aria-controls={open ? "mentions" : undefined}
          aria-activedescendant={open ? `mention-${at}` : undefined} onChange={(e) => change(e.target.value, e.target.selectionStart)} onKeyDown={keys}
        />
      </label>
      {open && (
        <ul className="target-list" id="mentions" role="listbox" aria-label={t("note.mention")}>
          {found.map((a, i) => (
            <li key={a.id} id={`mention-${i}`} role="option" aria-selected={i === at} className="target" onPointerDown={(e) => { e.preventDefault(); choose(a); }}>
              <span className={`dot ${a.dot}`} aria-hidden /><span className="target-name">{a.name}</span>
            </li>
          ))}
        </ul>
      )}
      <button type="submit" className="button small" disabled={!text.trim()}><Lock size={13} aria-hidden />{t("note.add")}</button>
    </form>
  );
}
