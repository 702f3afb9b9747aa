import { Check, Megaphone } from "lucide-react";
import { markRead, useAnnouncements } from "../state/announcements.ts";
import { when } from "../ui/format.ts";
import { Linked } from "../ui/Linked.tsx";
import type { AnnouncementShown } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";

/** What supervisors and administrators tell everybody, or the people of one's queues. What was read shrinks to its title. */
export function Announcements() {
  const t = useWords();
  const list = useAnnouncements();
  if (!list.length) return null;
  return (
    <section className="announcements" aria-labelledby="home-announcements">
      <h2 id="home-announcements">{t("announcements")}</h2>
      {list.toSorted((a, b) => Number(a.read) - Number(b.read)).map((a) => <One key={a.id} a={a} />)}
    </section>
  );
}

function One({ a }: { a: AnnouncementShown }) {
  const t = useWords();
  const title = <><Megaphone size={15} aria-hidden /><strong>{a.title}</strong>{a.important && <span className="tag warn">{t("announcement.important")}</span>}{a.until && <span className="muted announcement-until">{t("announcement.until", { time: when(a.until) })}</span>}</>;
  if (a.read) return <details className="announcement read"><summary className="announcement-head">{title}</summary><p className="announcement-text"><Linked text={a.text} /></p></details>;
  return (
    <article className={`announcement${a.important ? " important" : ""}`}>
      <h3 className="announcement-head">{title}</h3>
      <p className="announcement-text"><Linked text={a.text} /></p>
      <button type="button" className="button small" onClick={() => markRead(a.id)}><Check size={14} aria-hidden />{t("announcement.read")}</button>
    </article>
  );
}
