import { Activity } from "lucide-react";
import { useState } from "react";
import type { Channel, ChannelTest } from "../../wire/protocol.ts";
import { Refused, rest } from "../../wire/rest.ts";
import { useT } from "../words.ts";

/** Asks the server to reach the other side with the settings that are saved. */
export function ConnectionTest({ channel: c }: { channel: Channel }) {
  const t = useT();
  const [answer, setAnswer] = useState<ChannelTest | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const test = async (): Promise<void> => {
    setBusy(true);
    setProblem("");
    setAnswer(null);
    try {
      setAnswer(await rest<ChannelTest>(`/channels/${c.id}/test`, { method: "POST" }));
    } catch (e) {
      setProblem(e instanceof Refused ? e.code : "internal");
    }
    setBusy(false);
  };
  return (
    <section className="card preview" aria-label={t("c.test")}>
      <h2>{t("c.test")}</h2>
      <p className="muted">{t("c.test.text")}</p>
      <button type="button" className="button" disabled={busy} onClick={() => void test()}><Activity size={15} aria-hidden />{t(busy ? "c.testing" : "c.test.do")}</button>
      <div role="status">
        {answer && <p><span className={`tag ${answer.outcome === "ok" ? "on" : answer.outcome === "failed" ? "off" : ""}`}>{t.or(`c.test.${answer.outcome}`, "c.test.failed")}</span> {answer.outcome === "ok" && <span className="muted tabular">{answer.took_ms} ms</span>}</p>}
        {answer?.reason && <p>{t.or(`c.reason.${answer.reason}`, "c.reason.other", { reason: answer.reason })}</p>}
        {problem && <p className="field-error">{t.or(`error.${problem}`, "error.internal")}</p>}
      </div>
    </section>
  );
}
