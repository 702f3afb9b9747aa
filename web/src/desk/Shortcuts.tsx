import { RotateCcw } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { setLook, useLook } from "../state/look.ts";
import { comboOf, comboText, firstKeys, type Shortcut, setKeys, shortcutIds } from "../state/shortcuts.ts";
import { set } from "../state/store.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { useWords } from "../words/words.ts";

/** The keys of every shortcut: press others, take one away, or switch all off. */
export function Shortcuts() {
  const t = useWords();
  const look = useLook();
  const [asked, setAsked] = useState<Shortcut | null>(null);
  const [problem, setProblem] = useState("");
  const done = (): void => set((d) => ({ ...d, showing: "" }));
  const press = (of: Shortcut) => (e: KeyboardEvent): void => {
    if (asked !== of || e.key === "Tab") return;
    if (/^(Control|Alt|Shift|Meta)$/.test(e.key)) return; // the rest of it follows
    e.preventDefault();
    e.stopPropagation();
    setProblem("");
    if (e.key === "Escape") return setAsked(null);
    const combo = e.key === "Backspace" || e.key === "Delete" ? "" : comboOf(e.nativeEvent);
    if (combo === null) return setProblem(t("keys.wrong"));
    const other = setKeys(of, combo);
    if (other) return setProblem(t("keys.taken", { keys: comboText(combo), name: t(`keys.${other}`) }));
    setAsked(null);
  };
  const keys = { ...firstKeys, ...look.keys };
  return (
    <Dialog title={t("keys.title")} onClose={done}>
      <label className="toggle"><input type="checkbox" role="switch" checked={look.shortcuts} onChange={(e) => setLook({ shortcuts: e.target.checked })} />{t("keys.on")}</label>
      <p className="muted">{t("keys.how")}</p>
      <ul className="keys">
        {shortcutIds.map((s) => (
          <li key={s}>
            <span>{t(`keys.${s}`)}</span>
            <button
              type="button" className="button small" disabled={!look.shortcuts} aria-pressed={asked === s} aria-label={`${t(`keys.${s}`)}: ${keys[s] ? comboText(keys[s]) : t("keys.none")}`}
              onClick={() => { setAsked(asked === s ? null : s); setProblem(""); }} onBlur={() => setAsked((x) => (x === s ? null : x))} onKeyDown={press(s)}
            >
              {asked === s ? t("keys.press") : keys[s] ? <kbd>{comboText(keys[s])}</kbd> : t("keys.none")}
            </button>
          </li>
        ))}
      </ul>
      {problem && <p className="field-error" role="alert">{problem}</p>}
      <button type="button" className="button small" onClick={() => { setLook({ keys: {} }); setProblem(""); }}><RotateCcw size={14} aria-hidden />{t("keys.reset")}</button>
    </Dialog>
  );
}
