import { TriangleAlert } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { closeTalk } from "../state/actions.ts";
import type { Filled } from "../state/model.ts";
import { useDesk } from "../state/store.ts";
import { askToClose } from "../state/tools.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { identity } from "../ui/format.ts";
import { Failed } from "../ui/States.tsx";
import { useScript } from "../state/script.ts";
import type { Script, ScriptAnswer } from "../wire/protocol.ts";
import { serverNow } from "../wire/clock.ts";
import { useWords } from "../words/words.ts";
import { blank, missing, ScriptForm } from "./ScriptForm.tsx";

const justMS = 30_000; // a contact who wrote so recently may be waiting

/** What the wire takes of a filled script. */
function answerOf(script: Script, f: Filled): ScriptAnswer {
  const answers: { [q: string]: unknown } = {};
  for (const q of script.questions) {
    const v = f.answers[q.id];
    if (v) answers[q.id] = q.kind === "bool" ? v === "true" : q.kind === "number" ? Number(v) : v;
  }
  return { reason_id: f.reason, resolved: f.resolved === true, answers };
}

/** Ends a conversation. The script opens here by itself, and where it is demanded nothing closes without it. */
export function CloseDialog({ id }: { id: string }) {
  const t = useWords();
  const head = useDesk((d) => d.talks[id]?.head);
  const draft = useDesk((d) => d.drafts[id]);
  const filled = useDesk((d) => d.filled[id] ?? blank);
  const { script, load, again } = useScript(head?.queue.id ?? "");
  const [wrong, setWrong] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => void (load === "ready" && (first.current ?? confirm.current)?.focus()), [load]);
  if (!head) return null;
  const last = head.last_message;
  const just = last?.author.kind === "contact" && serverNow() - Date.parse(last.at) < justMS;
  const point = (field: string): void => {
    setWrong(field);
    form.current?.querySelector<HTMLElement>(`[data-field="${CSS.escape(field)}"]`)?.focus();
  };
  const started = filled.reason !== "" || filled.resolved !== null;
  const submit = async (e: FormEvent): Promise<void> => {
    e.preventDefault();
    if (busy || load !== "ready") return;
    const asked = script && (head.script_required || started);
    const lacks = asked ? missing(script, filled) : null;
    if (lacks) return point(lacks);
    setBusy(true);
    const code = await closeTalk(id, asked ? answerOf(script, filled) : undefined);
    setBusy(false);
    if (code === "script_required" && script) point(missing(script, filled) ?? "reason");
    setProblem(code);
  };
  return (
    <Dialog
      title={t("close.title", { name: head.contact.name || identity(head.contact.identity) })} onClose={() => askToClose(null)}
      footer={<>
        <button type="button" className="button" onClick={() => askToClose(null)}>{t("cancel")}</button>
        <button ref={confirm} type="submit" form="close-form" className="button primary finish" disabled={busy || load !== "ready"}>{t("close.confirm")}</button>
      </>}
    >
      <form id="close-form" ref={form} onSubmit={(e) => void submit(e)}>
        {draft && <p className="warning" role="alert"><TriangleAlert size={15} aria-hidden />{t("close.draft")}</p>}
        {just && <p className="warning" role="alert"><TriangleAlert size={15} aria-hidden />{t("close.just")}</p>}
        {head.script_required && <p className="muted">{t("close.required")}</p>}
        {script && <ScriptForm id={id} script={script} first={first} wrong={wrong} />}
        {load === "failed" && <Failed again={again} />}
        {!script && load === "ready" && <p>{t("close.sure")}</p>}
        {wrong && <p className="field-error" role="alert">{t("script.missing")}</p>}
        {problem && <p className="field-error" role="alert">{t.or(`error.${problem}`, "error.internal")}</p>}
      </form>
    </Dialog>
  );
}
