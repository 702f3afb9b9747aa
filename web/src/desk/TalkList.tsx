import { AlarmClock, ArrowRightLeft, Pause, PencilLine, TriangleAlert } from "lucide-react";
import { type KeyboardEvent, useLayoutEffect, useRef } from "react";
import { openTalk } from "../state/actions.ts";
import { loadOf, sorted } from "../state/apply.ts";
import { setLook, type Sort, useLook } from "../state/look.ts";
import type { Talk } from "../state/model.ts";
import { useDesk } from "../state/store.ts";
import { duration, identity, when } from "../ui/format.ts";
import { Avatar, ChannelIcon } from "../ui/Names.tsx";
import { useNow } from "../ui/now.ts";
import { useWords } from "../words/words.ts";

export function TalkList() {
  const t = useWords();
  const talks = useDesk((d) => d.talks);
  const open = useDesk((d) => d.open);
  const agent = useDesk((d) => d.agent);
  const { sort } = useLook();
  const list = sorted({ talks }, sort);
  const rows = useStill(list.map((x) => x.head.id).join());
  const keys = (e: KeyboardEvent<HTMLUListElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const buttons = [...e.currentTarget.querySelectorAll<HTMLButtonElement>("button.talk")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
  };
  return (
    <nav className="talk-list" aria-labelledby="talks-mine" ref={rows}>
      <header className="list-head">
        <h2 id="talks-mine">{t("talks.mine")}</h2>
        {agent && <span className="count tabular" title={t("home.load")}>{loadOf({ talks })}/{agent.capacity}</span>}
      </header>
      {list.length > 1 && (
        <select className="sort" aria-label={t("sort.by")} value={sort} onChange={(e) => setLook({ sort: e.target.value as Sort })}>
          {sorts.map((x) => <option key={x} value={x}>{t(`sort.${x}`)}</option>)}
        </select>
      )}
      {list.length === 0 && <p className="muted list-none">{t("talks.empty")}</p>}
      <ul onKeyDown={keys}>{list.map((x) => <li key={x.head.id}><Item talk={x} open={x.head.id === open} /></li>)}</ul>
    </nav>
  );
}

const sorts: Sort[] = ["arrival", "waiting", "unread", "recent"];

/** Keeps the focused row where it is on the screen when the order changes. */
function useStill(order: string): { current: HTMLElement | null } {
  const ref = useRef<HTMLElement>(null);
  const place = useRef<number | undefined>(undefined);
  const row = (): Element | null => ref.current?.querySelector("button.talk:focus, button.talk.open") ?? null;
  useLayoutEffect(() => {
    const now = row()?.getBoundingClientRect().top;
    const frame = ref.current?.parentElement;
    if (frame && now !== undefined && place.current !== undefined) frame.scrollTop += now - place.current;
    return () => void (place.current = row()?.getBoundingClientRect().top);
  }, [order]);
  return ref;
}

function Item({ talk, open }: { talk: Talk; open: boolean }) {
  const t = useWords();
  const h = talk.head;
  const draft = useDesk((d) => d.drafts[h.id]);
  const name = h.contact.name || identity(h.contact.identity);
  const last = h.last_message;
  const fromUs = last && last.author.kind !== "contact";
  const words = talk.typing ? t("typing") : last ? `${fromUs ? `${t("you")}: ` : ""}${last.text || t("files", { n: last.attachments.length })}` : "";
  return (
    <button type="button" className={`talk${open ? " open" : ""}${talk.fresh ? " fresh" : ""}`} aria-current={open} data-talk={h.id} onClick={() => openTalk(h.id)}>
      <Avatar name={name} id={h.contact.id} />
      <span className="talk-main">
        <span className="talk-line"><span className="talk-name">{name}</span><time className="talk-time">{last && when(last.at)}</time></span>
        <span className="talk-line">
          <span className={`talk-last${talk.typing ? " typing" : ""}`}>{draft && !open ? <><PencilLine size={12} aria-hidden /><em>{t("draft")}</em> {draft}</> : words}</span>
          {h.unread > 0 && <span className="unread" aria-label={t("unread", { n: h.unread })}>{h.unread}</span>}
        </span>
        <span className="talk-line talk-facts">
          <ChannelIcon kind={h.channel.kind} size={12} /><span>{h.queue.name}</span>
          {h.snoozed_until && <span className="mark"><AlarmClock size={11} aria-hidden />{t("snooze.on")}</span>}
          {h.on_hold && <span className="mark"><Pause size={11} aria-hidden />{t("hold.on")}</span>}
          {h.transfer && <span className="mark"><ArrowRightLeft size={11} aria-hidden />{t("transfer.awaiting")}</span>}
          {h.state === "wrapup" && <span className="mark">{t("wrapup")}</span>}
          <Clock talk={talk} />
        </span>
      </span>
    </button>
  );
}

/** How long the contact waits for an answer, or how long the conversation lasts. */
function Clock({ talk }: { talk: Talk }) {
  const now = useNow();
  const t = useWords();
  const last = talk.head.last_message;
  const owed = last?.author.kind === "contact" ? Date.parse(last.at) : 0;
  if (!owed) return null;
  return <span className={`sla tabular${talk.overdue ? " late" : ""}`} title={t("sla")}>{talk.overdue && <TriangleAlert size={11} aria-hidden />}{duration(now - owed)}</span>;
}
