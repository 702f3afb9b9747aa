import { type ReactNode, useEffect, useRef, useState } from "react";

/** A button with a panel that closes on Escape, on a click outside, and when `close` is called. */
export function Popover({ button, label, className, side = "right", children }: {
  button: ReactNode; label: string; className?: string; side?: "left" | "right"; children: (close: () => void) => ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (e: PointerEvent): void => void (ref.current?.contains(e.target as Node) || setOpen(false));
    const escape = (e: KeyboardEvent): void => {
      if (e.key !== "Escape") return;
      setOpen(false);
      trigger.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  const close = (): void => {
    setOpen(false);
    trigger.current?.focus();
  };
  return (
    <div className="popover" ref={ref}>
      <button ref={trigger} type="button" className={className} aria-label={label} aria-expanded={open} onClick={() => setOpen(!open)}>{button}</button>
      {open && <div className={`popover-panel ${side}`}>{children(close)}</div>}
    </div>
  );
}
