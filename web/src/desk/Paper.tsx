import { FileDown, Lock, Printer } from "lucide-react";
import { useScript } from "../state/script.ts";
import { localeNow } from "../state/look.ts";
import { bytes, moment } from "../ui/format.ts";
import type { ConversationHead, Message } from "../wire/protocol.ts";
import { apiPrefix } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";
import { FactList } from "./FactsTool.tsx";
import { leaves } from "./ScriptForm.tsx";

export const pdfOf = (conversation: string, notes = false): string => `${apiPrefix}/conversations/${conversation}/transcript.pdf?lang=${localeNow()}${notes ? "&notes=true" : ""}`;

/** Prints the page; with the team's notes only when they were asked for, and then every sheet says so. */
function print(notes: boolean): void {
  const root = document.documentElement;
  if (notes) root.dataset.paper = "notes";
  addEventListener("afterprint", () => delete root.dataset.paper, { once: true });
  window.print();
}

/** The ways to paper, with the notes of the team or without. */
export function PaperChoice({ id }: { id: string }) {
  const t = useWords();
  const pdf = (notes: boolean) => (
    <a className="button small" href={pdfOf(id, notes)} target="_blank" rel="noreferrer">{notes ? <Lock size={13} aria-hidden /> : <FileDown size={13} aria-hidden />}{t(notes ? "paper.pdf.notes" : "pdf")}</a>
  );
  return (
    <div className="paper-choice">
      {pdf(false)}{pdf(true)}
      <button type="button" className="button small" onClick={() => print(false)}><Printer size={13} aria-hidden />{t("paper.print")}</button>
      <button type="button" className="button small" onClick={() => print(true)}><Lock size={13} aria-hidden />{t("paper.print.notes")}</button>
    </div>
  );
}

/** What only paper shows: the conversation's details, its script, the list of its files, and the warning of notes. */
export function Paper({ head, messages }: { head: ConversationHead; messages: Message[] }) {
  const t = useWords();
  const { script } = useScript(head.queue.id);
  const answer = head.script;
  const leaf = script && leaves(script.reasons).find((l) => l.id === answer?.reason_id);
  const files = messages.flatMap((m) => m.attachments.map((file) => ({ file, m })));
  return (
    <div className="paper" aria-hidden>
      <p className="paper-mark">{t("paper.mark")}</p>
      <FactList head={head} />
      {answer && (
        <section>
          <h3>{t("tool.script")}</h3>
          <dl className="facts">
            <div><dt>{t("script.reason")}</dt><dd>{leaf ? leaf.path + leaf.label : answer.reason_id}</dd></div>
            <div><dt>{t("script.resolved")}</dt><dd>{t(answer.resolved ? "yes" : "no")}</dd></div>
            {script?.questions.map((q) => answer.answers?.[q.id] !== undefined && <div key={q.id}><dt>{q.label}</dt><dd>{String(answer.answers[q.id])}</dd></div>)}
          </dl>
        </section>
      )}
      {files.length > 0 && (
        <section>
          <h3>{t("attachments")}</h3>
          <ul>{files.map(({ file, m }) => <li key={m.id + file.id}>{file.name} · {bytes(file.size)} · {m.author.name} · {moment(m.at)}</li>)}</ul>
        </section>
      )}
    </div>
  );
}
