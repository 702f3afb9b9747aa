import { Command } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from "react";
import { type Act, acts } from "../state/acts.ts";
import { listenToKeys } from "../state/shortcuts.ts";
import { get, set, useDesk } from "../state/store.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { fuzzy } from "../ui/format.ts";
import { useWords } from "../words/words.ts";
import { Sessions } from "./Sessions.tsx";
import { Shortcuts } from "./Shortcuts.tsx";

const shown = 12;

/** Everything one can do, by its name. */
export function Palette() {
  const showing = useDesk((d) => d.showing);
  const t = useWords();
  useEffect(listenToKeys, []);
  const show = (what: "" | "palette"): void => set((d) => ({ ...d, showing: what }));
  return (
    <>
      <button type="button" className="icon-button" aria-label={t("palette.open")} title={t("palette.open")} onClick={() => show("palette")}><Command size={17} aria-hidden /></button>
      {showing === "palette" && <Panel done={() => show("")} />}
      {showing === "shortcuts" && <Shortcuts />}
      {showing === "sessions" && <Sessions />}
    </>
  );
}

function Panel({ done }: { done: () => void }) {
  const t = useWords();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const all = useMemo(() => acts(get(), t), [t]);
  const found = useMemo(() => {
    const hits = all.flatMap((act) => {
      const score = fuzzy(typed.trim(), act.name);
      return score === null ? [] : [{ act, score }];
    });
    return hits.sort((a, b) => a.score - b.score).slice(0, shown).map((h) => h.act);
  }, [all, typed]);
  const run = (a: Act | undefined): void => {
    if (!a) return;
    done();
    setTimeout(a.run); // when this dialog has given the focus back
  };
  const keys = (e: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && found.length) { e.preventDefault(); setAt((at + step + found.length) % found.length); }
    if (e.key === "Enter" && !e.nativeEvent.isComposing) { e.preventDefault(); run(found[at]); }
  };
  return (
    <Dialog title={t("palette")} onClose={done}>
      <div className="search">
        <Command size={15} aria-hidden />
        <input
          role="combobox" aria-expanded aria-controls={`${id}-list`} aria-autocomplete="list" aria-activedescendant={found[at] ? `${id}-${at}` : undefined} aria-label={t("palette.search")}
          autoFocus autoComplete="off" placeholder={t("palette.search")} value={typed} maxLength={100} onChange={(e) => { setTyped(e.target.value); setAt(0); }} onKeyDown={keys}
        />
      </div>
      <ul id={`${id}-list`} role="listbox" aria-label={t("palette")} className="target-list palette-list">
        {found.map((a, i) => <li key={a.name} id={`${id}-${i}`} role="option" aria-selected={i === at} className={`target${i === at ? " at" : ""}`} onClick={() => run(a)}><span className="target-name">{a.name}</span></li>)}
      </ul>
      {found.length === 0 && <p className="muted">{t("nothing")}</p>}
    </Dialog>
  );
}
