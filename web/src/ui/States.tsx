import { CircleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useWords } from "../words/words.ts";

export function Empty({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <span className="state-icon"><Icon size={22} aria-hidden /></span>
      <p className="state-title">{title}</p>
      {children && <p className="state-text">{children}</p>}
    </div>
  );
}

export function Loading({ rows = 4 }: { rows?: number }) {
  const t = useWords();
  return (
    <div className="skeleton" role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, i) => <div key={i} className="skeleton-row" />)}
    </div>
  );
}

export function Failed({ again }: { again: () => void }) {
  const t = useWords();
  return (
    <div className="state" role="alert">
      <span className="state-icon bad"><CircleAlert size={22} aria-hidden /></span>
      <p className="state-title">{t("failed")}</p>
      <button type="button" className="button small" onClick={again}>{t("again")}</button>
    </div>
  );
}

/** The way to the next page of a list; nothing where there is none. */
export function More({ more, busy }: { more: (() => void) | null; busy: boolean }) {
  const t = useWords();
  return more && <p className="center"><button type="button" className="button small" disabled={busy} onClick={more}>{t("more")}</button></p>;
}
