import { type ReactNode, useState } from "react";
import { Dialog } from "../ui/Dialog.tsx";
import { useWords } from "../words/words.ts";

/** A dialog that asks for a decision: it stays open and says why when the server refuses. `act` answers a key of words, or empty. */
export function Ask({ title, button, ready = true, act, close, children }: {
  title: string; button: string; ready?: boolean; act: () => Promise<string>; close: () => void; children: ReactNode;
}) {
  const t = useWords();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const go = async (): Promise<void> => {
    if (busy || !ready) return;
    setBusy(true);
    setProblem("");
    const wrong = await act();
    setBusy(false);
    if (wrong) setProblem(wrong);
    else close();
  };
  return (
    <Dialog
      title={title} onClose={close}
      footer={<>
        <button type="button" className="button" onClick={close}>{t("cancel")}</button>
        <button type="button" className="button primary" disabled={!ready || busy} onClick={() => void go()}>{button}</button>
      </>}
    >
      <form onSubmit={(e) => { e.preventDefault(); void go(); }}>
        {children}
        {problem && <p className="field-error" role="alert">{t.or(problem, "error.internal")}</p>}
      </form>
    </Dialog>
  );
}
