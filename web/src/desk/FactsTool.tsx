import type { ReactNode } from "react";
import { useDesk } from "../state/store.ts";
import { moment } from "../ui/format.ts";
import { useWords } from "../words/words.ts";
import type { ConversationHead } from "../wire/protocol.ts";
import { Stars } from "./Stars.tsx";
import { PaperChoice } from "./Paper.tsx";
import { Records } from "./Records.tsx";

/** The conversation itself: who, where, since when, and everything that happened to it. */
export function FactsTool({ id }: { id: string }) {
  const head = useDesk((d) => d.talks[id]?.head);
  if (!head) return null;
  return <><Facts head={head} /><Records id={id} version={head.version} /></>;
}

export function Facts({ head }: { head: ConversationHead }) {
  return <><FactList head={head} /><PaperChoice id={head.id} /></>;
}

export function FactList({ head: h }: { head: ConversationHead }) {
  const t = useWords();
  const me = useDesk((d) => d.agent);
  const rows: [string, ReactNode][] = [
    [t("protocol"), h.protocol_number], [t("facts.state"), t.or(`state.${h.state}`, "state.closed")], [t("offer.queue"), h.queue.name],
    [t("offer.subject"), h.subject], [t("offer.entry"), h.channel.name], [t("facts.agent"), h.owner_agent_id === me?.id ? me?.name : undefined],
    [t("facts.opened"), moment(h.opened_at)], [t("facts.assigned"), h.assigned_at && moment(h.assigned_at)], [t("facts.closed"), h.closed_at && moment(h.closed_at)],
    [t("rating"), h.rating && <Stars rating={h.rating} comment />], [t("facts.priority"), h.priority ? String(h.priority) : undefined], [t("facts.tags"), h.tags?.join(", ")],
    ...Object.entries(h.attributes ?? {}),
  ];
  return <dl className="facts">{rows.map(([name, value]) => value && <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}
