import { Users } from "lucide-react";
import { useEffect, useState } from "react";
import { Avatar } from "../../ui/Names.tsx";
import { Empty, Failed, Loading } from "../../ui/States.tsx";
import { fold } from "../../ui/format.ts";
import type { Agent, AgentQueue } from "../../wire/protocol.ts";
import { all, Refused, rest } from "../../wire/rest.ts";
import { useNames } from "../data.ts";
import { Go } from "../parts.tsx";
import { same } from "../pointer.ts";
import { adminPath, guard } from "../route.ts";
import { useT } from "../words.ts";

interface Seat {
  member: boolean;
  tier: number;
  weight: number;
}

function seatOf(a: Agent, queue: string): Seat {
  const s = a.queue_settings.find((x) => x.queue_id === queue);
  return { member: a.queue_ids.includes(queue), tier: s?.tier || 1, weight: s?.weight || 1 };
}

/** What an agent is written as when it stands so in a queue. */
export function seated(a: Agent, queue: string, seat: Seat): Pick<Agent, "queue_ids" | "queue_settings"> {
  const others = a.queue_settings.filter((x) => x.queue_id !== queue);
  const own: AgentQueue = { queue_id: queue, tier: seat.tier, weight: seat.weight };
  if (!seat.member) return { queue_ids: a.queue_ids.filter((q) => q !== queue), queue_settings: others };
  return { queue_ids: a.queue_ids.includes(queue) ? a.queue_ids : [...a.queue_ids, queue], queue_settings: seat.tier === 1 && seat.weight === 1 ? others : [...others, own] };
}

/** Who serves a queue. Each agent is written with its own version: what somebody else changed meanwhile is never lost. */
export function Members({ id }: { id: string }) {
  const t = useT();
  const skills = useNames(["/skills"]);
  const [agents, setAgents] = useState<Agent[] | null>(null);
  const [seats, setSeats] = useState<{ [agent: string]: Seat }>({});
  const [wrong, setWrong] = useState<{ [agent: string]: string }>({});
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const [typed, setTyped] = useState("");
  const [saved, setSaved] = useState(false);
  const load = (): void => {
    setFailed(false);
    all<Agent>("/agents").then((list) => setAgents(list.toSorted((a, b) => Number(b.queue_ids.includes(id)) - Number(a.queue_ids.includes(id)) || a.name.localeCompare(b.name))), () => setFailed(true));
  };
  useEffect(load, [id]);
  const changed = (agents ?? []).filter((a) => seats[a.id] && !same(seats[a.id], seatOf(a, id)));
  useEffect(() => {
    guard(changed.length > 0);
    return () => guard(false);
  }, [changed.length]);
  const put = (a: Agent, change: Partial<Seat>): void => {
    setSaved(false);
    setSeats((s) => ({ ...s, [a.id]: { ...(s[a.id] ?? seatOf(a, id)), ...change } }));
  };
  const save = async (): Promise<void> => {
    setBusy(true);
    const problems: { [agent: string]: string } = {};
    for (const a of changed) {
      try {
        const done = await rest<Agent>(`/agents/${a.id}`, { method: "PATCH", body: seated(a, id, seats[a.id]!), version: a.version });
        setAgents((list) => list!.map((x) => (x.id === a.id ? done : x)));
      } catch (e) {
        const code = e instanceof Refused ? e.code : "internal";
        problems[a.id] = code;
        if (code === "version_mismatch") {
          const theirs = await rest<Agent>(`/agents/${a.id}`).catch(() => a);
          setAgents((list) => list!.map((x) => (x.id === a.id ? theirs : x)));
        }
      }
    }
    setWrong(problems);
    setBusy(false);
    setSaved(Object.keys(problems).length === 0);
  };
  if (failed) return <Failed again={load} />;
  if (!agents) return <Loading rows={6} />;
  if (agents.length === 0) return <div className="card"><Empty icon={Users} title={t("kind.agents.empty")}><Go to={`${adminPath}/agents/new`}>{t("kind.agents.new")}</Go></Empty></div>;
  return (
    <form className="editor" onSubmit={(e) => { e.preventDefault(); void save(); }}>
      <div className="card list">
        <div className="list-tools">
          <input type="search" aria-label={t("filter")} placeholder={t("filter")} value={typed} onChange={(e) => setTyped(e.target.value)} />
          <span className="muted" role="status">{t("members.count", { n: agents.filter((a) => (seats[a.id] ?? seatOf(a, id)).member).length })}</span>
        </div>
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t("members")}>
          <table>
            <thead><tr><th scope="col">{t("agent")}</th><th scope="col">{t("members.in")}</th><th scope="col">{t("members.tier")}</th><th scope="col">{t("members.weight")}</th><th scope="col">{t("kind.skills")}</th></tr></thead>
            <tbody>
              {agents.filter((a) => fold(a.name).includes(fold(typed))).map((a) => {
                const seat = seats[a.id] ?? seatOf(a, id);
                return (
                  <tr key={a.id}>
                    <th scope="row"><span className="person"><Avatar name={a.name} id={a.id} size="small" /><Go to={`${adminPath}/agents/${a.id}`}>{a.name}</Go></span>{wrong[a.id] && <p className="field-error">{t.or(`error.${wrong[a.id]}`, "error.internal")}</p>}</th>
                    <td><label className="toggle"><input type="checkbox" role="switch" aria-label={t("members.serves", { name: a.name })} checked={seat.member} onChange={(e) => put(a, { member: e.target.checked })} /></label></td>
                    <td><input className="short" type="number" min={1} max={9} aria-label={`${t("members.tier")}: ${a.name}`} disabled={!seat.member} value={seat.tier} onChange={(e) => put(a, { tier: Number(e.target.value) || 1 })} /></td>
                    <td><input className="short" type="number" min={1} max={100} aria-label={`${t("members.weight")}: ${a.name}`} disabled={!seat.member} value={seat.weight} onChange={(e) => put(a, { weight: Number(e.target.value) || 1 })} /></td>
                    <td><span className="chips">{a.skills.map((s) => <span key={s.id} className="chip">{skills[s.id] ?? "…"} {s.level}</span>)}</span></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </div>
      <footer className="save-bar">
        <span className="save-state" role="status">{busy ? t("saving") : changed.length ? t("unsaved") : saved ? t("saved") : ""}</span>
        <button type="submit" className="button primary" disabled={busy || changed.length === 0}>{t("save")}</button>
      </footer>
    </form>
  );
}
