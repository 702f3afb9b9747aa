import { fillIn } from "../state/canned.ts";
import { get } from "../state/store.ts";
import type { CannedResponse } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";

/** Prepared texts above the caret; the keys are the composer's. */
export function SlashMenu({ list, at, choose, conversation }: { list: CannedResponse[]; at: number; choose: (c: CannedResponse) => void; conversation: string }) {
  const t = useWords();
  const head = get().talks[conversation]?.head;
  if (!head) return null;
  return (
    <ul className="slash-menu" id="slash-menu" role="listbox" aria-label={t("tool.canned")}>
      {list.map((c, i) => (
        <li key={c.id} id={`slash-${i}`} role="option" aria-selected={i === at} onPointerDown={(e) => { e.preventDefault(); choose(c); }}>
          <span className="slash-short">/{c.shortcut}</span><strong>{c.title}</strong>
          <span className="slash-text">{fillIn(c.text, head, get().agent?.name ?? "").text}</span>
        </li>
      ))}
    </ul>
  );
}
