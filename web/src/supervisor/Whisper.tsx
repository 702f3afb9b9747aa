import { EarOff } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useWords } from "../words/words.ts";
import { whisper } from "./actions.ts";

const longest = 4096; // characters of a note

/** A word to the agent. It looks like no field in which one writes to a customer, and says who sees it. */
export function Whisper({ id, waits }: { id: string; waits: boolean }) {
  const t = useWords();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const say = async (): Promise<void> => {
    const now = text.trim();
    if (!now || busy) return;
    setBusy(true);
    setText("");
    if (!(await whisper(id, now))) setText((since) => [now, since].filter(Boolean).join("\n"));
    setBusy(false);
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.key !== "Enter" || e.shiftKey || e.nativeEvent.isComposing) return;
    e.preventDefault();
    void say();
  };
  return (
    <form className="whisper" onSubmit={(e) => { e.preventDefault(); void say(); }}>
      <p className="whisper-who" id="whisper-who"><EarOff size={14} aria-hidden />{t(waits ? "whisper.nobodyYet" : "whisper.who")}</p>
      <div className="whisper-row">
        <textarea aria-label={t("whisper.label")} aria-describedby="whisper-who" placeholder={t("whisper.hint")} rows={2} maxLength={longest} value={text} onChange={(e) => setText(e.target.value)} onKeyDown={keys} />
        <button type="submit" className="button" disabled={!text.trim() || busy}>{t("whisper.do")}</button>
      </div>
    </form>
  );
}
