import { Crosshair, Plus, Trash2, UserRoundX } from "lucide-react";
import { useEffect, useState } from "react";
import { Avatar } from "../../ui/Names.tsx";
import { duration } from "../../ui/format.ts";
import { Empty } from "../../ui/States.tsx";
import type { Agent, Channel, PreviewBody, Queue, RoutingPreview, Skill } from "../../wire/protocol.ts";
import { Refused, rest } from "../../wire/rest.ts";
import { useAll } from "../data.ts";
import { Go, Labelled, PageHead } from "../parts.tsx";
import { adminPath } from "../route.ts";
import { useT } from "../words.ts";

/** Who would get a conversation now, and why nobody else: the queue itself is asked, and nothing comes of it. */
export function Preview() {
  const t = useT();
  const queues = useAll<Queue>("/queues");
  const channels = useAll<Channel>("/channels");
  const skills = useAll<Skill>("/skills");
  const agents = useAll<Agent>("/agents");
  const [chosen, setChosen] = useState("");
  const [body, setBody] = useState<PreviewBody>({});
  const [answer, setAnswer] = useState<RoutingPreview | null>(null);
  const [problem, setProblem] = useState("");
  const [turn, setTurn] = useState(0);
  const queue = queues.find((q) => q.id === chosen) ?? queues[0];
  const put = (change: Partial<PreviewBody>): void => setBody({ ...body, ...change });
  const needs = body.skills ?? [];
  useEffect(() => {
    if (!queue) return;
    const stop = new AbortController();
    const wait = setTimeout(() => {
      rest<RoutingPreview>(`/queues/${queue.id}/preview`, { method: "POST", body: { ...body, skills: needs.filter((s) => s.id) }, signal: stop.signal })
        .then((a) => { setAnswer(a); setProblem(""); }, (e: unknown) => stop.signal.aborted || setProblem(e instanceof Refused ? e.code : "internal"));
    }, 120);
    return () => { clearTimeout(wait); stop.abort(); };
  }, [queue?.id, body, turn]);
  return (
    <>
      <PageHead title={t("kind.preview")} text={t("kind.preview.text")} />
      <div className="preview-page">
        <form className="card preview" aria-label={t("p.if")} onSubmit={(e) => { e.preventDefault(); setTurn(turn + 1); }}>
          <h2>{t("p.if")}</h2>
          <Labelled label={t("queue")}>{(id) => <select id={id} value={queue?.id ?? ""} onChange={(e) => setChosen(e.target.value)}>{queues.map((q) => <option key={q.id} value={q.id}>{q.name}</option>)}</select>}</Labelled>
          <Labelled label={t("p.channel")}>{(id) => <select id={id} value={body.channel_id ?? ""} onChange={(e) => put({ channel_id: e.target.value || undefined })}><option value="">{t("p.any")}</option>{channels.map((c) => <option key={c.id} value={c.id}>{c.name}</option>)}</select>}</Labelled>
          <Labelled label={t("priority")}>{(id) => <input id={id} type="number" min={-10} max={10} placeholder={t("p.queues", { n: queue?.priority ?? 0 })} value={body.priority ?? ""} onChange={(e) => put({ priority: e.target.value === "" ? undefined : Number(e.target.value) })} />}</Labelled>
          <Labelled label={t("p.waited")}>{(id) => <span className="with-unit"><input id={id} type="number" min={0} max={1440} step="any" value={(body.waited_ms ?? 0) / 60_000} onChange={(e) => put({ waited_ms: Math.round(Number(e.target.value) * 60_000) || undefined })} /><span aria-hidden>min</span></span>}</Labelled>
          <Labelled label={t("p.preferred")}>{(id) => <select id={id} value={body.preferred_agent ?? ""} onChange={(e) => put({ preferred_agent: e.target.value || undefined })}><option value="">{t("p.nobody")}</option>{agents.map((a) => <option key={a.id} value={a.id}>{a.name}</option>)}</select>}</Labelled>
          <fieldset className="field">
            <legend>{t("kind.skills")}</legend>
            {needs.map((s, i) => (
              <span key={i} className="need">
                <select aria-label={t("skill")} value={s.id} onChange={(e) => put({ skills: needs.with(i, { ...s, id: e.target.value }) })}><option value="">{t("choose")}</option>{skills.map((k) => <option key={k.id} value={k.id}>{k.name}</option>)}</select>
                <select aria-label={t("level")} value={s.min_level ?? 1} onChange={(e) => put({ skills: needs.with(i, { ...s, min_level: Number(e.target.value) }) })}>{[1, 2, 3, 4, 5].map((n) => <option key={n} value={n}>≥ {n}</option>)}</select>
                <button type="button" className="icon-button" aria-label={t("remove.of", { name: t("skill") })} onClick={() => put({ skills: needs.toSpliced(i, 1) })}><Trash2 size={15} /></button>
              </span>
            ))}
            <button type="button" className="button small" onClick={() => put({ skills: [...needs, { id: "", min_level: 1 }] })}><Plus size={14} aria-hidden />{t("a.skills.add")}</button>
          </fieldset>
          <button type="submit" className="button primary">{t("p.again")}</button>
        </form>
        <section className="card preview answer" aria-label={t("p.then")} aria-live="polite">
          {problem ? <p className="field-error">{t.or(`error.${problem}`, "error.internal")}</p> : queues.length === 0 ? <Empty icon={Crosshair} title={t("kind.queues.empty")} /> : answer && queue && <Answer answer={answer} queue={queue} members={agents.filter((a) => a.queue_ids.includes(queue.id) && !a.disabled)} />}
        </section>
      </div>
    </>
  );
}

function Answer({ answer, queue, members }: { answer: RoutingPreview; queue: Queue; members: Agent[] }) {
  const t = useT();
  const d = answer.decision;
  const cause = (word: string): string => (queue.mode === "pull" && word === "ranked_lower" ? t("p.cause.pick") : t.or(`p.cause.${word}`, "p.cause.other", { word }));
  const told = d.candidates.filter((c) => c.cause !== "chosen");
  // A queue knows who has told it something: a member who was never ready has not.
  const silent = d.others.length || d.unseen ? [] : members.filter((m) => !d.candidates.some((c) => c.agent.id === m.id)).map((m) => ({ agent: { id: m.id, name: m.name }, cause: "silent" }));
  const others = [...told, ...silent.slice(0, 20 - told.length)];
  return (
    <>
      {d.agent ? (
        <div className="chosen"><Avatar name={d.agent.name} id={d.agent.id} /><div><p className="muted">{t(queue.mode === "auto" ? "p.given" : "p.offered")}</p><p className="chosen-name"><Go to={`${adminPath}/agents/${d.agent.id}`}>{d.agent.name}</Go></p></div></div>
      ) : (
        <div className="chosen none"><span className="state-icon"><UserRoundX size={20} aria-hidden /></span><div><p className="chosen-name">{t(queue.mode === "pull" ? "p.pull" : "p.none")}</p>{answer.wait_estimate_ms ? <p className="muted">{t("p.wait", { time: duration(answer.wait_estimate_ms) })}</p> : null}</div></div>
      )}
      <p className="preview-facts"><span>{t("q.strategy")}: <strong>{t.or(`q.strategy.${d.strategy}`, "none")}</strong></span><span>{t("q.weight")}: <strong>{answer.weight}</strong></span><span>{t("p.place")}: <strong>{answer.position}</strong></span></p>
      {others.length > 0 && (
        <table>
          <thead><tr><th scope="col">{t("agent")}</th><th scope="col">{t("p.why")}</th></tr></thead>
          <tbody>{others.map((c) => <tr key={c.agent.id}><th scope="row"><span className="person"><Avatar name={c.agent.name} id={c.agent.id} size="small" /><Go to={`${adminPath}/agents/${c.agent.id}`}>{c.agent.name}</Go></span></th><td>{cause(c.cause)}</td></tr>)}</tbody>
        </table>
      )}
      {d.others.length > 0 && <p className="muted">{t("p.more")}: {d.others.map((o) => `${o.count} × ${cause(o.cause)}`).join("; ")}</p>}
      {!d.agent && others.length === 0 && <p className="muted">{t("p.empty")} <Go to={`${adminPath}/queues/${queue.id}/members`}>{t("members")}</Go></p>}
    </>
  );
}
