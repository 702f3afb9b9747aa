import { CircleCheck, CircleX } from "lucide-react";
import { Dialog } from "../ui/Dialog.tsx";
import { identity, moments } from "../ui/format.ts";
import { Failed, Loading } from "../ui/States.tsx";
import type { ConversationHead, ConversationWhy, QueueDecision } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { useLiveRest } from "./useLiveRest.ts";

/** Every decision about a conversation, the newest first: who got it or nobody, and why each other one did not. */
export function WhyDialog({ head, close }: { head: ConversationHead; close: () => void }) {
  const t = useWords();
  const { data, failed, again } = useLiveRest<ConversationWhy>(`/conversations/${head.id}/why?limit=500`, String(head.version));
  return (
    <Dialog wide title={t("why.title", { name: head.contact.name || identity(head.contact.identity) })} onClose={close}>
      {failed ? <Failed again={again} /> : !data && <Loading rows={5} />}
      {data?.now && <Decision decision={data.now} now />}
      {data?.items.toReversed().map((d) => <Decision key={d.seq} decision={d} />)}
      {data && !data.now && !data.items.length && <p className="muted">{t("why.nothing")}</p>}
    </Dialog>
  );
}

function Decision({ decision: d, now }: { decision: QueueDecision; now?: boolean }) {
  const t = useWords();
  const cause = (c: string): string => t.or(`cause.${c}`, "cause.other");
  const title = d.agent ? t("why.chosen", { name: d.agent.name }) : t(now ? "why.nobodyNow" : "why.nobody");
  return (
    <section className="decision" data-decision={now ? "now" : d.seq}>
      <h3 className={d.agent ? "good" : "bad"}>{d.agent ? <CircleCheck size={15} aria-hidden /> : <CircleX size={15} aria-hidden />}{title}</h3>
      <p className="muted">{now ? t("why.now") : moments(d.at)} · {d.queue.name} · {t.or(`strategy.${d.strategy}`, "strategy.other")} · {t("why.waiting", { n: d.waiting })}</p>
      <table className="why">
        <thead><tr><th scope="col">{t("col.agent")}</th><th scope="col">{t("why.cause")}</th></tr></thead>
        <tbody>
          {d.candidates.map((c) => <tr key={c.agent.id} className={c.cause === "chosen" ? "chosen" : ""}><th scope="row">{c.agent.name}</th><td>{cause(c.cause)}</td></tr>)}
          {d.others.map((o) => <tr key={o.cause}><th scope="row">{t("why.others", { n: o.count })}</th><td>{cause(o.cause)}</td></tr>)}
          {!!d.unseen && <tr><th scope="row">{t("why.others", { n: d.unseen })}</th><td>{t("why.unseen")}</td></tr>}
          {!d.candidates.length && !d.others.length && !d.unseen && <tr><td colSpan={2}>{t("why.noAgents")}</td></tr>}
        </tbody>
      </table>
    </section>
  );
}
