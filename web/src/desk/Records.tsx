import { useEffect } from "react";
import type { Load } from "../state/model.ts";
import { moments } from "../ui/format.ts";
import { Failed, Loading } from "../ui/States.tsx";
import { useRest } from "../ui/useRest.ts";
import type { Record as Fact } from "../wire/protocol.ts";
import { MaxListLimit } from "../wire/protocol.ts";
import type { Page } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";

type Some = { [key: string]: { name?: string } & string };

/** What a record is about: the names in its data. */
function about(f: Fact): string {
  const d = (f.data ?? {}) as Some;
  const bits = [d.agent?.name, d.queue?.name, d.by?.name, d.from?.name, f.name === "offer_declined" ? d.reason : "", d.cause];
  const message = (f.data as { message?: { author: { name: string }; seq: number } } | undefined)?.message;
  const note = (f.data as { note?: { author: { name: string } } } | undefined)?.note;
  if (message) return `${message.author.name} · #${message.seq}`;
  if (typeof note === "object") return note.author.name;
  return [...new Set(bits.filter((x): x is string => typeof x === "string" && x !== ""))].join(" · ");
}

/** Every record of a conversation, in order, as GET /events has them. */
export function Records({ id, version }: { id: string; version: number }) {
  const t = useWords();
  const { data, load, again } = useRest<Page<Fact>>(`/conversations/${id}/events?limit=${MaxListLimit}`);
  useEffect(() => again(), [version, again]);
  if (load === ("failed" satisfies Load)) return <Failed again={again} />;
  if (!data) return <Loading rows={6} />;
  return (
    <ol className="records" aria-label={t("tool.facts")}>
      {data.items.map((f) => (
        <li key={f.seq} data-record={f.name} data-seq={f.seq}><time className="tabular" dateTime={f.at}>{moments(f.at)}</time><span><strong>{t.or(`record.${f.name}`, "record.other")}</strong><span className="muted">{about(f)}</span></span></li>
      ))}
    </ol>
  );
}
