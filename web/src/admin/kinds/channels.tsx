import { KeyRound, Plug } from "lucide-react";
import { useState } from "react";
import { ChannelIcon } from "../../ui/Names.tsx";
import type { Channel, Queue } from "../../wire/protocol.ts";
import { optionsOf, useAll } from "../data.ts";
import { Amount, Area, Check, Optional, Pick, Text } from "../fields.tsx";
import { Frame, Section, useField, useForm } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { CopyButton, Secret } from "../parts.tsx";
import { type Key, useT } from "../words.ts";
import { ConnectionTest } from "./ConnectionTest.tsx";
import { useOptions } from "./queues.tsx";
import { WidgetFields, WidgetPreview } from "./Widget.tsx";

/** What each kind of channel is set up with; secrets are written and never read. */
const settings: { [kind: string]: { name: string; secret?: "webhook" | "long" | "given" }[] } = {
  generic: [{ name: "url" }, { name: "secret", secret: "webhook" }],
  web: [],
  whatsapp: [{ name: "phone_number_id" }, { name: "business_account_id" }, { name: "access_token", secret: "given" }, { name: "app_secret", secret: "given" }, { name: "verify_token", secret: "long" }, { name: "api_url" }],
  telegram: [{ name: "bot_token", secret: "given" }, { name: "webhook_secret", secret: "long" }],
};

function ChannelForm({ id }: { id: string }) {
  const t = useT();
  const c = useForm().value as Channel;
  const queues = useAll<Queue>("/queues");
  const kinds = ["web", "whatsapp", "generic", ...(c.kind === "telegram" ? ["telegram"] : [])];
  const fields = settings[c.kind] ?? [];
  return (
    <>
      <Section title={t("section.basic")}>
        <Text at="/name" label={t("name")} required max={100} />
        <Pick at="/kind" label={t("c.kind")} options={useOptions("c.kind", kinds)} fixed={id !== "new"} />
        <Pick at="/queue_id" label={t("queue")} options={optionsOf(queues)} none={t("choose")} hint={t("c.queue.hint")} required />
        <Text at="/subject" label={t("q.subject")} max={200} />
        <Amount at="/weight" label={t("q.weight")} hint={t("c.weight.hint")} min={1} max={10} />
        <Check at="/disabled" label={t("c.disabled")} hint={t("c.disabled.hint")} />
      </Section>
      {fields.length > 0 && (
        <Section title={t("c.connection")} text={t(`c.connection.${c.kind}` as Key)}>
          {fields.map((s) => (s.secret ? <SecretField key={s.name} name={s.name} make={s.secret} /> : <Text key={s.name} at={`/config/${s.name}`} label={t(`c.config.${s.name}` as Key)} hint={t.or(`c.config.${s.name}.hint`, "empty") || undefined} max={2048} />))}
        </Section>
      )}
      {c.kind === "web" && <WidgetFields secret={<SecretField name="identity_secret" make="long" />} />}
      <Section title={t("c.silence")} text={t("c.silence.text")}>
        <Optional at="/inactivity" label={t("c.silence.own")} blank={{ warn_ms: 0, warn_text: "", close_ms: 0, close_text: "" }}>
          <Amount at="/inactivity/warn_ms" label={t("c.silence.warn")} hint={t("zero.never")} unit="min" per={60_000} min={0} />
          <Amount at="/inactivity/close_ms" label={t("c.silence.close")} hint={t("zero.never")} unit="min" per={60_000} min={0} />
          <Area at="/inactivity/warn_text" label={t("c.silence.warnText")} max={2000} />
          <Area at="/inactivity/close_text" label={t("c.silence.closeText")} max={2000} />
        </Optional>
      </Section>
    </>
  );
}

/** A secret of one's own making: for webhooks in the form of Standard Webhooks, else 48 letters. */
function newSecret(kind: "webhook" | "long"): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return kind === "webhook" ? `whsec_${btoa(String.fromCharCode(...bytes))}` : Array.from(bytes.slice(0, 24), (b) => b.toString(16).padStart(2, "0")).join("");
}

function SecretField({ name, make }: { name: string; make: "webhook" | "long" | "given" }) {
  const t = useT();
  const c = useForm().value as Channel;
  const label = t(`c.config.${name}` as Key);
  const f = useField<string | undefined>(`/config/${name}`, label, { hint: true });
  const [shown, setShown] = useState("");
  const set = c.secrets_set?.includes(name);
  return (
    <>
      <Frame field={f as never} label={label} hint={t(set ? "c.secret.set" : "c.secret.unset")}>
        <span className="with-button">
          <input {...f.aria} type="password" autoComplete="new-password" maxLength={2048} placeholder={set ? "••••••••" : ""} value={f.value ?? ""} onChange={(e) => f.set(e.target.value || undefined)} />
          {make !== "given" && <button type="button" className="button" onClick={() => { const s = newSecret(make); setShown(s); f.set(s); }}><KeyRound size={15} aria-hidden />{t("c.secret.make")}</button>}
        </span>
      </Frame>
      {shown && <div className="field wide"><Secret title={label} text={t(f.value === shown ? "c.secret.save" : "c.secret.told")} value={shown} /></div>}
    </>
  );
}

function Aside({ id }: { id: string }) {
  const c = useForm().value as Channel;
  if (id === "new") return null;
  return c.kind === "web" ? <WidgetPreview channel={c} /> : <><Addresses channel={c} /><ConnectionTest at={`/channels/${c.id}/test`} text="c.test.text" /></>;
}

/** The addresses that the other side needs. */
function Addresses({ channel: c }: { channel: Channel }) {
  const t = useT();
  const at = `${location.origin}/api/v1/channels/${c.id}/${c.kind === "whatsapp" ? "whatsapp" : "messages"}`;
  return (
    <section className="card preview" aria-label={t("c.address")}>
      <h2>{t("c.address")}</h2>
      <p className="muted">{t(`c.address.${c.kind}` as Key)}</p>
      <code className="wrap">{at}</code>
      <CopyButton text={at} label={t("copy")} />
    </section>
  );
}

export const channels: Kind<Channel> = {
  section: "channels", path: "/channels", icon: Plug, nameOf: (v) => v.name, Form: ChannelForm, Aside, names: ["/queues"],
  blank: {
    name: "", kind: "web", queue_id: "", subject: "", config: {}, secrets_set: [], disabled: false, weight: 1,
    widget: { origins: [], require_identity: false, title: "", welcome: "", closed_text: "", color: "", language: "", pre_chat: [], max_sessions: 8, rating: false, messages_per_minute: 30 },
  },
  send: (c) => {
    const { secrets_set: _, widget, ...rest } = c;
    return { ...rest, ...(c.kind === "web" ? { widget } : {}) };
  },
  columns: [
    { label: "c.kind", show: (v, _, t) => <span className="person"><ChannelIcon kind={v.kind} />{t(`c.kind.${v.kind}`)}</span> },
    { label: "queue", show: (v, names) => names[v.queue_id] ?? "…" },
    { label: "state", show: (v, _, t) => (v.disabled ? <span className="tag off">{t("c.off")}</span> : <span className="tag on">{t("a.active")}</span>) },
  ],
};
