import { CircleCheck, RotateCw } from "lucide-react";
import { useEffect, useState } from "react";
import { toast } from "../../state/store.ts";
import { moment } from "../../ui/format.ts";
import { Empty, Failed, Loading } from "../../ui/States.tsx";
import type { ParkedDelivery, WebhookReplay } from "../../wire/protocol.ts";
import { all, Refused, rest } from "../../wire/rest.ts";
import { type T, useT } from "../words.ts";

/** Why an attempt failed, in words. */
export const reason = (t: T, r: { reason?: string; status?: number }): string =>
  `${t.or(`c.reason.${r.reason}`, "c.reason.other", { reason: r.reason ?? "" })}${r.status ? ` (HTTP ${r.status})` : ""}`;

const most = 1000; // more than anybody looks through

/** What a webhook did not take: sent again one by one, or all. */
export function ParkedEvents({ id }: { id: string }) {
  const t = useT();
  const [list, setList] = useState<ParkedDelivery[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const load = (): void => {
    setFailed(false);
    all<ParkedDelivery>(`/webhooks/${id}/parked`, most).then(setList, () => setFailed(true));
  };
  useEffect(load, [id]);
  const replay = async (event: string): Promise<void> => {
    setBusy(true);
    try {
      await rest<WebhookReplay>(`/webhooks/${id}/parked${event && `/${event}`}/replay`, { method: "POST" });
    } catch (e) {
      toast("bad", `error.${e instanceof Refused ? e.code : "internal"}`);
    }
    setBusy(false);
    load();
  };
  if (failed) return <Failed again={load} />;
  if (!list) return <Loading />;
  if (list.length === 0) return <div className="card"><Empty icon={CircleCheck} title={t("wh.parked.none")}>{t("wh.parked.text")}</Empty></div>;
  return (
    <div className="card list">
      <div className="list-tools">
        <button type="button" className="button small" disabled={busy} onClick={() => void replay("")}><RotateCw size={14} aria-hidden />{t("wh.again.all")}</button>
        <span className="muted">{t("wh.parked.text")}</span>
      </div>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t("wh.parked")}>
        <table>
          <thead><tr><th scope="col">{t("wh.event")}</th><th scope="col">{t("wh.at")}</th><th scope="col">{t("wh.tries")}</th><th scope="col">{t("wh.why")}</th><th scope="col"><span className="hidden">{t("wh.again")}</span></th></tr></thead>
          <tbody>
            {list.map((p) => (
              <tr key={p.id}>
                <th scope="row">{p.type || "–"}<span className="muted block">{p.conversation_id}</span></th>
                <td className="tabular">{p.timestamp ? moment(p.timestamp) : "–"}</td>
                <td className="tabular">{p.attempts}</td>
                <td>{reason(t, p)}</td>
                <td><button type="button" className="icon-button" disabled={busy} aria-label={`${t("wh.again")}: ${p.type} ${p.id}`} onClick={() => void replay(p.id)}><RotateCw size={15} /></button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
