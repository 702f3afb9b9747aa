import { ArrowDown, ArrowUp, ClipboardList, CornerDownRight, Plus, Trash2 } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { blank, leaves, missing, ScriptFields } from "../../desk/ScriptForm.tsx";
import type { Question, Reason, Script } from "../../wire/protocol.ts";
import { Check, Lines, Pick, Rows, Text } from "../fields.tsx";
import { Notes, Section, useField, useForm } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { useT } from "../words.ts";
import { useOptions } from "./queues.tsx";
import { addAfter, addChild, indent, type Moved, outdent, type Path, pointerOf, remove, shift, withIds } from "./tree.ts";

function ScriptEditor() {
  const t = useT();
  const kinds = useOptions("s.kind", ["text", "number", "bool", "choice"]);
  return (
    <>
      <Section title={t("section.basic")}><Text at="/name" label={t("name")} required max={100} wide /></Section>
      <Section title={t("s.reasons")} text={t("s.reasons.text")}><Tree /></Section>
      <Section title={t("s.questions")} text={t("s.questions.text")}>
        <Rows
          at="/questions" label={t("s.questions")} add={t("s.question.add")} blank={firstQuestion} ordered nameOf={(q) => q.label || t("s.question")}
          row={(at, q) => (
            <>
              <Text at={`${at}/label`} label={t("s.question")} required max={200} />
              <Pick at={`${at}/kind`} label={t("s.kind")} options={kinds} />
              <Check at={`${at}/required`} label={t("required")} />
              {q.kind === "choice" && <Lines at={`${at}/choices`} label={t("s.choices")} hint={t("one.line")} />}
            </>
          )}
        />
      </Section>
    </>
  );
}

const firstQuestion: Question = { id: "", label: "", kind: "text" };

/** The tree of reasons. From the keyboard: Enter adds one below, Alt with the arrows moves, Backspace on an empty one removes it. */
function Tree() {
  const t = useT();
  const form = useForm();
  const field = useField<Reason[]>("/reasons", t("s.reasons"));
  const tree = (form.value as Script).reasons;
  const root = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState<Path | null>(null);
  useEffect(() => {
    if (focus) root.current?.querySelector<HTMLElement>(`[data-at="${pointerOf(focus)}/label"]`)?.focus();
  }, [focus]);
  const put = (m: Moved | null): void => {
    if (!m) return;
    form.set("/reasons", m.tree);
    setFocus(m.at.length ? [...m.at] : null);
  };
  return (
    <div className="field wide tree" ref={root} data-at="/reasons">
      <Notes field={field} hint={t("s.keys")} />
      <Branch list={tree} above={[]} tree={tree} put={put} />
      <button type="button" className="button small" onClick={() => put(addChild(tree, []))}><Plus size={14} aria-hidden />{t("s.add")}</button>
    </div>
  );
}

function Branch({ list, above, tree, put }: { list: Reason[]; above: Path; tree: Reason[]; put: (m: Moved | null) => void }) {
  return (
    <ul className="branch">
      {list.map((r, i) => (
        <li key={r.id || i}>
          <Node path={[...above, i]} tree={tree} put={put} />
          {r.children && r.children.length > 0 && <Branch list={r.children} above={[...above, i]} tree={tree} put={put} />}
        </li>
      ))}
    </ul>
  );
}

const deepest = 6; // as the server takes it

function Node({ path, tree, put }: { path: Path; tree: Reason[]; put: (m: Moved | null) => void }) {
  const t = useT();
  const f = useField<string>(`${pointerOf(path)}/label`, t("s.reason"));
  const name = f.value || t("s.reason");
  const keys = (e: KeyboardEvent<HTMLInputElement>): void => {
    const moves: { [key: string]: () => Moved | null } = { ArrowUp: () => shift(tree, path, -1), ArrowDown: () => shift(tree, path, 1), ArrowRight: () => (path.length < deepest ? indent(tree, path) : null), ArrowLeft: () => outdent(tree, path) };
    const act = e.altKey ? moves[e.key] : e.key === "Enter" ? () => addAfter(tree, path) : e.key === "Backspace" && !f.value ? () => remove(tree, path) : undefined;
    if (!act || e.nativeEvent.isComposing) return;
    e.preventDefault();
    put(act());
  };
  return (
    <div className={`node${f.error ? " wrong" : ""}`}>
      <input {...f.aria} aria-label={t("s.level", { n: path.length })} maxLength={200} value={f.value} placeholder={t("s.reason")} onChange={(e) => f.set(e.target.value)} onKeyDown={keys} />
      <button type="button" className="icon-button" disabled={path.length >= deepest} aria-label={t("s.child", { name })} title={t("s.child", { name })} onClick={() => put(addChild(tree, path))}><CornerDownRight size={15} /></button>
      <button type="button" className="icon-button" aria-label={t("move.up", { name })} onClick={() => put(shift(tree, path, -1))}><ArrowUp size={15} /></button>
      <button type="button" className="icon-button" aria-label={t("move.down", { name })} onClick={() => put(shift(tree, path, 1))}><ArrowDown size={15} /></button>
      <button type="button" className="icon-button" aria-label={t("remove.of", { name })} onClick={() => put(remove(tree, path))}><Trash2 size={15} /></button>
      <Notes field={f} />
    </div>
  );
}

/** The script as an agent sees it; what is filled in here goes nowhere. */
function Preview() {
  const t = useT();
  const script = useForm().value as Script;
  const [filled, setFilled] = useState(blank);
  const shown: Script = { ...script, reasons: withIds(script.reasons), questions: script.questions.map((q, i) => ({ ...q, id: q.id || `new${i}` })) };
  const lacks = missing(shown, filled);
  return (
    <section className="card preview" aria-label={t("preview")}>
      <h2>{t("preview")}</h2>
      <p className="muted">{t("s.preview.text")}</p>
      <ScriptFields id="preview" script={shown} filled={filled} put={setFilled} wrong={null} />
      <p className={`tag ${lacks ? "warn" : "on"}`} role="status">{t(lacks ? "s.preview.lacks" : "s.preview.done")}</p>
    </section>
  );
}

export const scripts: Kind<Script> = {
  section: "scripts", path: "/scripts", icon: ClipboardList, nameOf: (v) => v.name, Form: ScriptEditor, Aside: Preview,
  blank: { name: "", reasons: [{ id: "", label: "" }], questions: [] },
  send: (v) => ({ ...v, reasons: sentReasons(v.reasons), questions: v.questions.map(({ id, choices, ...q }) => ({ ...q, ...(id ? { id } : {}), ...(q.kind === "choice" ? { choices: choices ?? [] } : {}) })) }),
  columns: [
    { label: "s.reasons", show: (v) => <span className="tabular">{leaves(v.reasons).length}</span> },
    { label: "s.questions", show: (v) => <span className="tabular">{v.questions.length}</span> },
  ],
};

function sentReasons(list: Reason[]): Reason[] {
  return list.map(({ id, children, ...r }) => ({ ...(id ? { id } : {}), ...r, ...(children?.length ? { children: sentReasons(children) } : {}) }) as Reason);
}
