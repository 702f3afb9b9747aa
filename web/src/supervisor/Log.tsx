import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { complainRest } from "../state/actions.ts";
import type { Talk } from "../state/model.ts";
import { usePlace } from "../desk/Bubble.tsx";
import { Items, itemsOf } from "../desk/Timeline.tsx";
import { useWords } from "../words/words.ts";
import { useBoard } from "./board.ts";
import { loadEarlierWatched } from "./watching.ts";

const nearPX = 60; // so near to the end counts as being there

/** Messages and notes of a watched conversation; it follows the end while the end is in sight. */
export function Log({ talk, typing, more }: { talk: Talk; typing: string; more: boolean }) {
  const t = useWords();
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const top = useRef(0);
  const [below, setBelow] = useState(false);
  const owner = useBoard((b) => b.agents.get(talk.head.owner_agent_id ?? "")?.agent.name ?? "");
  const place = usePlace(talk.head, talk.documents);
  const items = useMemo(() => itemsOf(talk.messages, talk.notes), [talk.messages, talk.notes]);
  const end = (): void => box.current?.scrollTo({ top: box.current.scrollHeight });
  useLayoutEffect(() => {
    if (follows.current) end();
  }, [items.length, typing, talk.head.id]);
  useEffect(() => {
    const sized = new ResizeObserver(() => follows.current && end());
    sized.observe(box.current!);
    return () => sized.disconnect();
  }, []);
  const scrolled = (): void => {
    const b = box.current!;
    const near = b.scrollHeight - b.scrollTop - b.clientHeight < nearPX;
    if (near) follows.current = true;
    else if (b.scrollTop < top.current) follows.current = false; // somebody scrolled up; else it is only growing
    top.current = b.scrollTop;
    setBelow(!follows.current);
  };
  const earlier = async (): Promise<void> => {
    const b = box.current!;
    const rest = b.scrollHeight - b.scrollTop;
    follows.current = false;
    await loadEarlierWatched().catch(complainRest);
    requestAnimationFrame(() => (b.scrollTop = b.scrollHeight - rest));
  };
  const who = typing === "contact" ? talk.head.contact.name || t("contact.unnamed") : owner || t("author.agent");
  return (
    <div className="timeline-frame">
      <div className="timeline" ref={box} onScroll={scrolled} role="log" aria-label={t("thread.messages")} tabIndex={0}>
        {more && <p className="center"><button type="button" className="button small" onClick={() => void earlier()}>{t("thread.earlier")}</button></p>}
        <Items items={items} place={place} />
        {typing && <p className="is-typing" role="status" data-typing={typing}><i /><i /><i /><span>{t("typing.by", { name: who })}</span></p>}
      </div>
      {below && <button type="button" className="to-end" onClick={end}><ArrowDown size={14} aria-hidden />{t("thread.end")}</button>}
    </div>
  );
}
