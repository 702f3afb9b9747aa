import { Check } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { LanguagePick } from "../../desk/UserMenu.tsx";
import { read, write } from "../../state/keep.ts";
import { useDesk } from "../../state/store.ts";
import { go, setupPath, usePath } from "../route.ts";
import { type Key, useT } from "../words.ts";
import { Account } from "./Account.tsx";
import { AgentStep, ChannelStep, type Made, OrganisationStep, QueueStep } from "./steps.tsx";
import { Done, Gone } from "./ends.tsx";
import "../admin.css";

const steps = ["account", "organisation", "queue", "agent", "channel", "done"] as const;
type Step = (typeof steps)[number];

const kept = "pronto.setup"; // of this tab: a reload goes on where it was

/** The first run, from the one-time link on: each step makes something, and the last one leads to a desk that works. */
export default function Setup() {
  const t = useT();
  const path = usePath();
  const user = useDesk((d) => d.user);
  const secret = /^\/setup\/(.+)/.exec(path)?.[1];
  const [made, setMade] = useState<Made & { step: Step }>(() => ({ step: "organisation", ...read(kept, {}, sessionStorage) }));
  const [gone, setGone] = useState(false);
  const step: Step = secret ? "account" : made.step;
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${t("setup")} · Pronto`;
    const first = card.current?.querySelector<HTMLElement>("input, select") ?? card.current?.querySelector("h1");
    first?.focus();
  }, [step, t]);
  const next = (more: Made): void => {
    const now = { ...made, ...more, step: steps[steps.indexOf(step) + 1]! };
    write(kept, now, sessionStorage);
    setMade(now);
  };
  if (gone || (!secret && user?.role !== "admin")) return <Gone signedIn={!!user} />;
  const begun = (): void => {
    go(setupPath, "replace");
    write(kept, { step: "organisation" }, sessionStorage);
  };
  const parts: { [s in Step]: ReactNode } = {
    account: <Account secret={secret ?? ""} done={begun} gone={() => setGone(true)} />,
    organisation: <OrganisationStep next={next} />, queue: <QueueStep next={next} />, agent: <AgentStep made={made} next={next} />, channel: <ChannelStep made={made} next={next} />, done: <Done made={made} />,
  };
  return (
    <div className="setup">
      <header className="setup-head"><img src="/desk/icon.svg" alt="" width="32" height="32" /><strong>Pronto</strong><LanguagePick /></header>
      <main className="setup-main">
        <ol className="setup-steps" aria-label={t("setup.steps")}>
          {steps.slice(0, -1).map((s, i) => {
            const past = steps.indexOf(step) > i;
            return <li key={s} className={s === step ? "now" : past ? "past" : ""} aria-current={s === step ? "step" : undefined}><span className="setup-mark">{past ? <Check size={14} aria-hidden /> : i + 1}</span>{t(`setup.${s}` as Key)}{past && <span className="hidden">{t("setup.past")}</span>}</li>;
          })}
        </ol>
        <section className="setup-card" ref={card} key={step}>{parts[step]}</section>
      </main>
    </div>
  );
}
