import { KeyRound, RefreshCw, Webhook as Hook } from "lucide-react";
import { useEffect, useState } from "react";
import { toast } from "../../state/store.ts";
import { moment } from "../../ui/format.ts";
import { useRest } from "../../ui/useRest.ts";
import { type Webhook, WebhookEvents, type WebhookState } from "../../wire/protocol.ts";
import { Refused, rest } from "../../wire/rest.ts";
import { Check, Many, Text } from "../fields.tsx";
import { Section, useForm } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { Ask, Secret } from "../parts.tsx";
import { useT } from "../words.ts";
import { ConnectionTest } from "./ConnectionTest.tsx";
import { ParkedEvents, reason } from "./ParkedEvents.tsx";

const nameOf = (v: Webhook): string => v.name || v.url;

function WebhookForm() {
  const t = useT();
  return (
    <Section title={t("section.basic")}>
      <Text at="/name" label={t("name")} hint={t("wh.name.hint")} max={100} />
      <Text at="/url" label={t("wh.url")} hint={t("wh.url.hint")} required max={2048} placeholder="https://" />
      <Check at="/enabled" label={t("wh.enabled")} hint={t("wh.enabled.hint")} />
      <Many at="/events" label={t("wh.events")} empty="" options={WebhookEvents.map((e) => ({ value: e, label: e, hint: t(`wh.event.${e}`) }))} />
    </Section>
  );
}

function Aside({ id }: { id: string }) {
  if (id === "new") return null;
  return <><SecretCard id={id} /><ConnectionTest at={`/webhooks/${id}/test`} text="wh.test.text" /><StateCard id={id} /></>;
}

/** Secrets of webhooks that were just made, until their pages are left. */
const made = new Map<string, string>();

/** The secret where it was just made, and a way to another one. */
function SecretCard({ id }: { id: string }) {
  const t = useT();
  const w = useForm().value as Webhook;
  const [fresh, setFresh] = useState(made.get(id) ?? "");
  const [asking, setAsking] = useState(false);
  useEffect(() => () => void made.delete(id), [id]);
  const rotate = async (): Promise<void> => {
    setAsking(false);
    try {
      setFresh((await rest<Webhook>(`/webhooks/${id}/rotate`, { method: "POST" })).secret ?? "");
    } catch (e) {
      toast("bad", `error.${e instanceof Refused ? e.code : "internal"}`);
    }
  };
  return (
    <section className="card preview" aria-label={t("wh.secret")}>
      <h2>{t("wh.secret")}</h2>
      {fresh ? <Secret title="" text={t("t.once")} value={fresh} /> : <p className="muted">{t("wh.secret.text")}</p>}
      <button type="button" className="button" onClick={() => setAsking(true)}><KeyRound size={15} aria-hidden />{t("wh.rotate")}</button>
      {asking && <Ask title={t("wh.rotate.title", { name: nameOf(w) })} text={t("wh.rotate.text")} yes={t("wh.rotate")} onNo={() => setAsking(false)} onYes={() => void rotate()} />}
    </section>
  );
}

function StateCard({ id }: { id: string }) {
  const t = useT();
  const { data, again } = useRest<WebhookState>(`/webhooks/${id}/state`);
  return (
    <section className="card preview" aria-label={t("wh.state")}>
      <h2>{t("wh.state")}</h2>
      <div role="status">
        {data && <p>{data.waiting ? t("wh.waiting", { n: data.waiting }) : t("wh.fine")}</p>}
        {data?.failing_since && <p className="field-error">{t("wh.failing", { time: moment(data.failing_since) })} {reason(t, data)}</p>}
        {!!data?.parked && <p>{t("wh.parked")}: <span className="tabular">{data.parked}</span></p>}
      </div>
      <button type="button" className="button" onClick={again}><RefreshCw size={15} aria-hidden />{t("wh.refresh")}</button>
    </section>
  );
}

export const webhooks: Kind<Webhook> = {
  section: "webhooks", path: "/webhooks", icon: Hook, nameOf, Form: WebhookForm, Aside,
  blank: { name: "", url: "", events: [], enabled: true },
  made: (w) => void made.set(w.id, w.secret ?? ""),
  pages: [{ id: "parked", label: "wh.parked", Page: ParkedEvents }],
  columns: [
    { label: "wh.url", show: (v) => v.url },
    { label: "wh.events", show: (v) => <span className="chips">{v.events.map((e) => <span key={e} className="chip">{e}</span>)}</span> },
    { label: "state", show: (v, _, t) => (v.enabled ? <span className="tag on">{t("wh.enabled")}</span> : <span className="tag off">{t("c.off")}</span>) },
  ],
};
