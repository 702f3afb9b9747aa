import { useEffect } from "react";

/** Escape leads back, unless something that is open takes it, or it would lose what is being written. */
export function useEscape(back: () => void): void {
  useEffect(() => {
    const keys = (e: KeyboardEvent): void => {
      const at = e.target;
      const writes = (at instanceof HTMLTextAreaElement || at instanceof HTMLInputElement) && at.value !== "";
      if (e.key === "Escape" && !writes && !document.querySelector("dialog[open], .popover-panel")) back();
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  });
}
