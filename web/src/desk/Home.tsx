import { Coffee, Inbox } from "lucide-react";
import { useEffect } from "react";
import { openHistory, openTalk, setStatus } from "../state/actions.ts";
import { sorted } from "../state/apply.ts";
import { useDesk } from "../state/store.ts";
import { identity, when } from "../ui/format.ts";
import { ChannelIcon } from "../ui/Names.tsx";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import { useRest } from "../ui/useRest.ts";
import type { ConversationHead } from "../wire/protocol.ts";
import type { Page } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";
import { Announcements } from "./Announcements.tsx";
import { Now, Pressure, Today, Unfinished } from "./Day.tsx";
import { Offers } from "./Offers.tsx";
import { Stars } from "./Stars.tsx";
import { Waiting } from "./Waiting.tsx";

const nameOf = (h: ConversationHead): string => h.contact.name || identity(h.contact.identity);

export function Home() {
  const t = useWords();
  const offers = useDesk((d) => d.offers.length);
  const agent = useDesk((d) => d.agent);
  if (!agent) return <Loading />;
  return (
    <div className="home">
      <section className="home-main" aria-labelledby="home-hello">
        <h1 id="home-hello">{t("home.hello", { name: agent.name.split(" ")[0] ?? "" })}</h1>
        <Offers />
        {offers === 0 && (agent.status === "ready"
          ? <Empty icon={Inbox} title={t("home.waiting")}>{t("home.waiting.text")}</Empty>
          : (
            <>
              <Empty icon={Coffee} title={t("home.paused")}>{t("home.paused.text")}</Empty>
              <p className="center"><button type="button" className="button primary large" onClick={() => void setStatus("ready")}>{t("home.start")}</button></p>
            </>
          ))}
        <Announcements />
        <Waiting />
      </section>
      <aside className="home-side">
        <Now />
        <Today />
        <Pressure />
        <Unfinished />
        <Mine />
        <Recent />
      </aside>
    </div>
  );
}

function Mine() {
  const t = useWords();
  const talks = useDesk((d) => d.talks);
  const list = sorted({ talks });
  if (!list.length) return null;
  return (
    <section className="panel" aria-labelledby="home-mine">
      <h2 id="home-mine">{t("talks.mine")}</h2>
      <ul className="rows">
        {list.map(({ head: h }) => (
          <li key={h.id}><button type="button" className="row" onClick={() => openTalk(h.id)}>
            <ChannelIcon kind={h.channel.kind} /><span className="row-name">{nameOf(h)}</span><span className="muted">{h.queue.name}</span>
            {h.unread > 0 && <span className="badge">{h.unread}</span>}
          </button></li>
        ))}
      </ul>
    </section>
  );
}

function Recent() {
  const t = useWords();
  const me = useDesk((d) => d.user?.id ?? "");
  const open = useDesk((d) => Object.keys(d.talks).length);
  const { data, load, again } = useRest<Page<ConversationHead>>(me && `/conversations?state=closed&agent_id=${me}&limit=8`);
  useEffect(again, [open, again]); // one that was closed just now is new in this list
  return (
    <section className="panel" aria-labelledby="home-recent">
      <h2 id="home-recent">{t("home.recent")}</h2>
      {load === "loading" && <Loading rows={3} />}
      {load === "failed" && <Failed again={again} />}
      {data && data.items.length === 0 && <p className="muted">{t("home.recent.none")}</p>}
      <ul className="rows">
        {data?.items.map((h) => (
          <li key={h.id}><button type="button" className="row" onClick={() => openHistory(h.id, nameOf(h))}>
            <ChannelIcon kind={h.channel.kind} /><span className="row-name">{nameOf(h)}</span>{h.rating && <Stars rating={h.rating} />}<span className="muted">{h.protocol_number}</span><time className="muted tabular">{when(h.closed_at ?? h.opened_at)}</time>
          </button></li>
        ))}
      </ul>
    </section>
  );
}
