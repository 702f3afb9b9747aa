import { Activity } from "lucide-react";
import { useState } from "react";
import type { ChannelTest, WebhookTest } from "../../wire/protocol.ts";
import { Refused, rest } from "../../wire/rest.ts";
import { type Key, useT } from "../words.ts";

/** Asks the server to reach the other side with the settings that are saved. */
export function ConnectionTest({ at, text }: { at: string; text: Key }) {
  const t = useT();
  const [answer, setAnswer] = useState<ChannelTest | WebhookTest | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const test = async (): Promise<void> => {
    setBusy(true);
    setProblem("");
    setAnswer(null);
    try {
      setAnswer(await rest<ChannelTest | WebhookTest>(at, { method: "POST" }));
    } catch (e) {
      setProblem(e instanceof Refused ? e.code : "internal");
    }
    setBusy(false);
  };
  return (
    <section className="card preview" aria-label={t("c.test")}>
      <h2>{t("c.test")}</h2>
      <p className="muted">{t(text)}</p>
      <button type="button" className="button" disabled={busy} onClick={() => void test()}><Activity size={15} aria-hidden />{t(busy ? "c.testing" : "c.test.do")}</button>
      <div role="status">
        {answer && <p><span className={`tag ${answer.outcome === "ok" ? "on" : answer.outcome === "failed" ? "off" : ""}`}>{t.or(`c.test.${answer.outcome}`, "c.test.failed")}</span> {answer.outcome === "ok" && <span className="muted tabular">{answer.took_ms} ms</span>}</p>}
        {answer?.reason && <p>{t.or(`c.reason.${answer.reason}`, "c.reason.other", { reason: answer.reason })}</p>}
        {problem && <p className="field-error">{t.or(`error.${problem}`, "error.internal")}</p>}
      </div>
    </section>
  );
}
