import { RefreshCw } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useDesk } from "../../state/store.ts";
import { useRest } from "../../ui/useRest.ts";
import { Loading } from "../../ui/States.tsx";
import type { Agent, Channel, Organisation, Queue } from "../../wire/protocol.ts";
import { rest } from "../../wire/rest.ts";
import { Check, Pick, Text } from "../fields.tsx";
import { FormContext } from "../form.tsx";
import { newPassword } from "../kinds/Access.tsx";
import { agents, sentAgent } from "../kinds/agents.tsx";
import { channels } from "../kinds/channels.tsx";
import { queues, useOptions } from "../kinds/queues.tsx";
import { OrganisationFields } from "../pages/Single.tsx";
import { CopyButton } from "../parts.tsx";
import { type Edited, useEditor } from "../useEditor.ts";
import { type Key, useT } from "../words.ts";
import type { Stored } from "../kind.ts";

/** The ids of what the steps made. */
export interface Made {
  queue?: string;
  agent?: string;
  web?: string;
}

interface StepProps {
  made?: Made;
  next: (more: Made) => void;
}

/** A step: what it makes, and that it can be left out. */
function Step<V extends Stored>({ name, e, save, skip, children }: { name: string; e: Edited<V>; save: () => Promise<void>; skip?: (() => void) | undefined; children: ReactNode }) {
  const t = useT();
  return (
    <FormContext value={e.form}>
      <form noValidate onSubmit={(x) => { x.preventDefault(); void save(); }}>
        <h1 tabIndex={-1}>{t(`setup.${name}.title` as Key)}</h1>
        <p className="muted">{t(`setup.${name}.text` as Key)}</p>
        {children}
        {e.problem && <p className="field-error" role="alert">{e.form.errors.length ? t("refused.fields", { n: e.form.errors.length }) : t.or(`error.${e.problem}`, "error.internal")}</p>}
        <div className="setup-tools">
          {skip && <button type="button" className="button large" onClick={skip}>{t("setup.skip")}</button>}
          <button type="submit" className="button primary large" disabled={e.busy}>{t("setup.next")}</button>
        </div>
      </form>
    </FormContext>
  );
}

export function OrganisationStep({ next }: StepProps) {
  const { data } = useRest<Organisation>("/organisation");
  return data ? <OrganisationForm stored={data} next={next} /> : <Loading />;
}

function OrganisationForm({ stored, next }: { stored: Organisation; next: (m: Made) => void }) {
  const e = useEditor<Organisation>({ path: "/organisation", stored, blank: {} });
  return <Step name="organisation" e={e} save={async () => void (!e.dirty || (await e.save()) ? next({}) : undefined)}><OrganisationFields /></Step>;
}

export function QueueStep({ next }: StepProps) {
  const t = useT();
  const e = useEditor<Queue>({ path: "/queues", createAt: "/queues", stored: null, blank: { ...queues.blank, name: t("setup.queue.name") } });
  return (
    <Step name="queue" e={e} skip={() => next({})} save={async () => { const q = await e.save(); if (q) next({ queue: q.id }); }}>
      <Text at="/name" label={t("name")} required max={100} />
      <Pick at="/strategy" label={t("q.strategy")} options={useOptions("q.strategy", ["longest_idle", "least_busy", "most_spare_capacity", "round_robin"])} />
      <Text at="/greeting" label={t("q.greeting")} hint={t("setup.greeting.hint")} max={2000} />
    </Step>
  );
}

interface NewAgent extends Agent {
  /** The administrator serves the queue as well. */
  myself?: boolean;
}

export function AgentStep({ made, next }: StepProps) {
  const t = useT();
  const me = useDesk((d) => d.user?.id);
  const queue = made?.queue;
  const [password] = useState(newPassword);
  const e = useEditor<NewAgent>({
    path: "/agents", createAt: "/agents", stored: null, blank: { ...agents.blank, password, queue_ids: queue ? [queue] : [], myself: true },
    send: (a) => sentAgent({ ...a, myself: undefined } as Agent),
    check: (a) => (a.password ? [] : [{ pointer: "/password", code: "required" }]), // without one the person could not sign in
  });
  const serve = async (): Promise<void> => {
    if (!e.draft.myself || !queue || !me) return;
    try {
      const mine = await rest<Agent>(`/agents/${me}`);
      if (!mine.queue_ids.includes(queue)) await rest(`/agents/${me}`, { method: "PATCH", body: { queue_ids: [...mine.queue_ids, queue] }, version: mine.version });
    } catch {
      // the first run goes on: the members of the queue can be put right at any time
    }
  };
  const myself = queue && <Check at="/myself" label={t("setup.myself")} hint={t("setup.myself.hint")} />;
  return (
    <Step name="agent" e={e} skip={() => void serve().finally(() => next({}))} save={async () => { await serve(); const a = await e.save(); if (a) next({ agent: a.id }); }}>
      <Text at="/name" label={t("setup.agent.name")} required max={100} />
      <Text at="/login" label={t("signin.login")} required max={128} />
      <Text at="/password" label={t("signin.password")} hint={t("setup.agent.password")} required max={256} />
      <div className="line">
        <CopyButton text={e.draft.password ?? ""} label={t("setup.agent.copy")} />
        <button type="button" className="button small" onClick={() => e.form.set("/password", newPassword())}><RefreshCw size={14} aria-hidden />{t("setup.agent.another")}</button>
      </div>
      {myself}
    </Step>
  );
}

export function ChannelStep({ made, next }: StepProps) {
  const t = useT();
  const { data } = useRest<{ items: Queue[] }>("/queues?limit=500");
  const e = useEditor<Channel>({ path: "/channels", createAt: "/channels", stored: null, blank: { ...channels.blank, name: t("setup.channel.name"), queue_id: made?.queue ?? "" }, send: channels.send });
  const options = (data?.items ?? []).map((q) => ({ value: q.id, label: q.name }));
  return (
    <Step name="channel" e={e} skip={() => next({})} save={async () => { const c = await e.save(); if (c) next(c.kind === "web" ? { web: c.id } : {}); }}>
      <Text at="/name" label={t("name")} required max={100} />
      <Pick at="/kind" label={t("c.kind")} options={useOptions("c.kind", ["web", "whatsapp", "generic"])} />
      <Pick at="/queue_id" label={t("queue")} options={options} none={t("choose")} />
      {e.draft.kind === "web" ? <Text at="/widget/title" label={t("w.title")} max={60} placeholder={t("setup.channel.chat")} /> : <p className="field-hint">{t("setup.channel.later")}</p>}
    </Step>
  );
}
