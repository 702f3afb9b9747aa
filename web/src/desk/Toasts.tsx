import { X } from "lucide-react";
import { dismiss, useDesk } from "../state/store.ts";
import { useWords } from "../words/words.ts";

export function Toasts() {
  const toasts = useDesk((d) => d.toasts);
  const t = useWords();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((x) => (
        <div key={x.id} className={`toast ${x.tone}`}>
          <span>{t.or(x.text, "error.internal", x.values)}</span>
          <button type="button" className="icon-button" aria-label={t("close")} onClick={() => dismiss(x.id)}><X size={14} /></button>
        </div>
      ))}
    </div>
  );
}
