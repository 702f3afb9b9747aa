import { EyeOff, Pencil } from "lucide-react";
import { type FormEvent, useState } from "react";
import { editMessage, redactMessage } from "../state/moves.ts";
import { useDesk } from "../state/store.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { serverNow } from "../wire/clock.ts";
import type { Message } from "../wire/protocol.ts";
import { MaxTextBytes } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import type { Place } from "./Bubble.tsx";

const changeableMS = 15 * 60_000; // the server's limit for one's own message; it has the last word
const editable = new Set(["web", "generic"]); // on other channels the customer has the text already

/** What one may still do to a message of one's own, or a supervisor to any. Nothing is shown where nothing can be done. */
export function MessageMenu({ message: m, place: p }: { message: Message; place: Place }) {
  const t = useWords();
  const me = useDesk((d) => d.agent?.id);
  const boss = useDesk((d) => d.user?.role !== "agent");
  const [doing, setDoing] = useState<"" | "edit" | "redact">("");
  const own = m.author.kind === "agent" && m.author.id === me && serverNow() - Date.parse(m.at) < changeableMS;
  const edit = own && !p.closed && editable.has(p.kind) && m.text !== "";
  if (m.redacted || !(own || boss)) return null;
  return (
    <>
      <span className="message-acts">
        {edit && <button type="button" className="icon-button" aria-label={t("message.edit")} title={t("message.edit")} onClick={() => setDoing("edit")}><Pencil size={13} aria-hidden /></button>}
        <button type="button" className="icon-button" aria-label={t("message.redact")} title={t("message.redact")} onClick={() => setDoing("redact")}><EyeOff size={13} aria-hidden /></button>
      </span>
      {doing && <Change key={doing} what={doing} message={m} conversation={p.id} done={() => setDoing("")} />}
    </>
  );
}

function Change({ what, message: m, conversation, done }: { what: "edit" | "redact"; message: Message; conversation: string; done: () => void }) {
  const t = useWords();
  const [text, setText] = useState(what === "edit" ? m.text : "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const said = text.trim();
  const submit = async (e: FormEvent): Promise<void> => {
    e.preventDefault();
    if (busy || !said) return;
    if (new TextEncoder().encode(said).length > MaxTextBytes) return setProblem("error.too_long");
    setBusy(true);
    const wrong = await (what === "edit" ? editMessage : redactMessage)(conversation, m.id, said);
    setBusy(false);
    if (wrong) setProblem(wrong);
    else done();
  };
  return (
    <Dialog title={t(`message.${what}`)} onClose={done}>
      <form onSubmit={(e) => void submit(e)}>
        {what === "redact" && <p>{t("message.redact.text")}</p>}
        <label>{t(what === "edit" ? "message.edit.text" : "message.redact.why")}
          {what === "edit"
            ? <textarea rows={4} value={text} autoFocus onChange={(e) => setText(e.target.value)} />
            : <input value={text} maxLength={200} required autoFocus onChange={(e) => setText(e.target.value)} />}
        </label>
        {problem && <p className="field-error" role="alert">{t.or(problem, "error.internal")}</p>}
        <div className="row-end">
          <button type="button" className="button" onClick={done}>{t("cancel")}</button>
          <button type="submit" className="button primary" disabled={busy || !said}>{t(what === "edit" ? "save" : "message.redact.do")}</button>
        </div>
      </form>
    </Dialog>
  );
}
