import type { OverflowRule, Queue } from "../../wire/protocol.ts";
import { optionsOf, useAll } from "../data.ts";
import { Amount, Area, Optional, Pick, Text } from "../fields.tsx";
import { useForm } from "../form.tsx";
import { type Key, useT } from "../words.ts";
import { useOptions } from "./queues.tsx";

const causes = ["closed", "max_length", "nobody_ready", "max_wait"] as const;

/** At most one rule for each cause. The object that holds them is there when one is. */
export function OverflowFields({ id }: { id: string }) {
  const form = useForm();
  const q = form.value as Queue;
  const t = useT();
  const queues = useAll<Queue>("/queues").filter((o) => o.id !== id);
  const actions = useOptions("q.overflow.action", ["queue", "message", "callback", "refuse"]);
  return causes.map((cause) => {
    const at = `/overflow/${cause}`;
    const rule: OverflowRule | undefined = q.overflow?.[cause];
    return (
      <Optional key={cause} at={at} label={t(`q.overflow.${cause}` as Key)} hint={cause === "closed" && !q.hours_id ? t("q.overflow.closed.hint") : undefined} blank={blankRule(cause)}>
        {(cause === "nobody_ready" || cause === "max_wait") && <Amount at={`${at}/after_ms`} label={t("q.overflow.after")} unit="s" per={1000} min={1} />}
        {cause === "max_length" && <Amount at={`${at}/length`} label={t("q.overflow.length")} min={0} />}
        <Pick at={`${at}/action`} label={t("q.overflow.do")} options={actions} />
        {rule?.action === "queue" && <Pick at={`${at}/queue_id`} label={t("queue")} options={optionsOf(queues)} none={t("choose")} />}
        {rule?.action === "callback" && <Text at={`${at}/tag`} label={t("q.overflow.tag")} placeholder="callback" max={50} />}
        {rule && rule.action !== "queue" && <Area at={`${at}/text`} label={t("q.overflow.say")} max={2000} />}
      </Optional>
    );
  });
}

function blankRule(cause: (typeof causes)[number]): OverflowRule {
  if (cause === "max_length") return { action: "message", length: 20 };
  return cause === "closed" ? { action: "message" } : { action: "message", after_ms: 300_000 };
}

/** Leaves out what no longer belongs to a rule's action, and the empty object around rules. */
export function sentQueue(q: Queue): Queue {
  const rules = causes.flatMap((cause) => {
    const r = q.overflow?.[cause];
    if (!r) return [];
    const { queue_id, text, tag, ...rest } = r;
    return [[cause, { ...rest, ...(r.action === "queue" ? { queue_id } : { text }), ...(r.action === "callback" && tag ? { tag } : {}) }] as const];
  });
  const { overflow: _, ...rest } = q;
  const steps = q.skills_relaxation.map(({ skill_id, by, queue_id, ...s }) => ({
    ...s, ...((s.action === "lower" || s.action === "drop") && skill_id ? { skill_id } : {}), ...((s.action === "lower" || s.action === "tier") && by ? { by } : {}), ...(s.action === "queue" ? { queue_id } : {}),
  }));
  return { ...rest, skills_relaxation: steps, parallel_offers: q.mode === "push" ? q.parallel_offers : 1, ...(rules.length ? { overflow: Object.fromEntries(rules) } : {}) };
}
