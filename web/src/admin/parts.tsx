import { Check, Copy } from "lucide-react";
import { type MouseEvent, type ReactNode, useId, useState } from "react";
import { Dialog } from "../ui/Dialog.tsx";
import { go, leave, useWanted } from "./route.ts";
import { useT } from "./words.ts";

/** A link within the administration: a plain click stays in the page. */
export function Go({ to, className, children, current, label }: { to: string; className?: string; children: ReactNode; current?: boolean; label?: string }) {
  const click = (e: MouseEvent): void => {
    if (e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey) return;
    e.preventDefault();
    go(to);
  };
  return <a href={to} className={className} onClick={click} aria-current={current ? "page" : undefined} aria-label={label}>{children}</a>;
}

/** A question before something that cannot be undone. */
export function Ask({ title, text, yes, onYes, onNo, busy }: { title: string; text: ReactNode; yes: string; onYes: () => void; onNo: () => void; busy?: boolean }) {
  const t = useT();
  return (
    <Dialog title={title} onClose={onNo} footer={<>
      <button type="button" className="button" autoFocus onClick={onNo}>{t("cancel")}</button>
      <button type="button" className="button danger" disabled={busy} onClick={onYes}>{yes}</button>
    </>}>
      {typeof text === "string" ? <p>{text}</p> : text}
    </Dialog>
  );
}

/** Asks when somebody leaves with unsaved changes. */
export function LeaveQuestion() {
  const t = useT();
  const wanted = useWanted();
  if (wanted === null) return null;
  return <Ask title={t("unsaved.title")} text={t("unsaved.text")} yes={t("unsaved.leave")} onYes={() => leave(true)} onNo={() => leave(false)} />;
}

/** A control with its label, where no form keeps its value. */
export function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return <div className="field"><label htmlFor={id}>{label}</label>{children(id)}</div>;
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const t = useT();
  const [done, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 2500);
  };
  return <button type="button" className="button small" onClick={() => void copy()}>{done ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}<span aria-live="polite">{done ? t("copied") : label}</span></button>;
}

/** A value that is shown this once. */
export function Secret({ title, text, value }: { title: string; text: string; value: string }) {
  const t = useT();
  return (
    <div className="secret" role="status">
      <p className="field-title">{title}</p>
      <div className="secret-line"><code>{value}</code><CopyButton text={value} label={t("copy")} /></div>
      <p className="field-hint">{text}</p>
    </div>
  );
}

/** The head of a page: where it belongs, what it is called, what can be done. */
export function PageHead({ title, text, above, children }: { title: string; text?: string; above?: ReactNode; children?: ReactNode }) {
  return (
    <header className="admin-head">
      <div>{above}<h1 tabIndex={-1}>{title}</h1>{text && <p className="muted">{text}</p>}</div>
      {children && <div className="admin-head-tools">{children}</div>}
    </header>
  );
}
