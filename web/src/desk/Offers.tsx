import { ArrowRightLeft, Check, RotateCcw, X } from "lucide-react";
import { accept, decline } from "../state/actions.ts";
import { useDesk } from "../state/store.ts";
import { duration, identity } from "../ui/format.ts";
import { ChannelIcon } from "../ui/Names.tsx";
import { useNow } from "../ui/now.ts";
import { useRest } from "../ui/useRest.ts";
import type { Contact, Offer } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";

/** What is offered. It never takes the focus and never covers a conversation. */
export function Offers() {
  const t = useWords();
  const offers = useDesk((d) => d.offers);
  return (
    <section className="offers" aria-label={t("offers")} aria-live="polite">
      {offers.map((o) => <OfferCard key={o.id} offer={o} />)}
    </section>
  );
}

/** The four facts of the guide stand first; then who it is, and what was said last. */
function OfferCard({ offer: o }: { offer: Offer }) {
  const t = useWords();
  const now = useNow();
  const answering = useDesk((d) => d.answering[o.id]);
  const left = Date.parse(o.expires_at) - now;
  return (
    <article className={`offer${o.returned ? " returned" : ""}`} aria-label={t("offer.of", { name: o.contact.name || identity(o.contact.identity) })} data-offer={o.id}>
      {o.returned && <p className="offer-mark"><RotateCcw size={14} aria-hidden />{t("offer.returned")}</p>}
      {o.kind === "transfer" && <p className="offer-mark transfer"><ArrowRightLeft size={14} aria-hidden />{t("offer.transfer", { name: o.from_agent?.name ?? "" })}</p>}
      <dl className="offer-facts">
        <div><dt>{t("offer.entry")}</dt><dd><ChannelIcon kind={o.channel.kind} /> {o.channel.name} · <span className="whole">{identity(o.contact.identity)}</span></dd></div>
        <div><dt>{t("offer.queue")}</dt><dd>{o.queue.name}</dd></div>
        <div><dt>{t("offer.subject")}</dt><dd>{o.subject || t("none")}</dd></div>
        <div><dt>{t("offer.wait")}</dt><dd className="tabular">{duration(now - Date.parse(o.enqueued_at))}</dd></div>
      </dl>
      <p className="offer-who">{o.contact.name || t("contact.unnamed")}<Previous contact={o.contact.id} /></p>
      {o.last_text && <blockquote className="offer-text">{o.last_text}</blockquote>}
      {o.note && <p className="offer-note">{o.note}</p>}
      <div className="offer-actions">
        <button type="button" className="button primary large" disabled={!!answering} onClick={() => void accept(o.id)}><Check size={17} aria-hidden />{t("offer.accept")}</button>
        <button type="button" className="button large" disabled={!!answering} onClick={() => void decline(o.id)}><X size={17} aria-hidden />{t("offer.decline")}</button>
        <span className={`offer-left tabular${left < 6000 ? " short" : ""}`} aria-label={t("offer.left")}>{duration(left + 999)}</span>
      </div>
    </article>
  );
}

const counted = 99; // the server counts up to 100, and one of them is the offered one

function Previous({ contact }: { contact: string }) {
  const t = useWords();
  const { data } = useRest<Contact>(`/contacts/${contact}`);
  if (!data) return null;
  const n = Math.max(0, data.conversations - 1);
  return <span className="muted">{n === 0 ? t("offer.first") : n < counted ? t("offer.previous", { n }) : t("offer.previous", { n: `${counted}+` })}</span>;
}
