import { useState } from "react";
import { complainRest } from "../state/actions.ts";
import { set } from "../state/store.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { when } from "../ui/format.ts";
import { Failed, Loading } from "../ui/States.tsx";
import { useRest } from "../ui/useRest.ts";
import type { OpenSessions } from "../wire/protocol.ts";
import { rest } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";

/** Where one is signed in, to end what one does not know. */
export function Sessions() {
  const t = useWords();
  const { data, load, again } = useRest<OpenSessions>("/me/sessions");
  const [busy, setBusy] = useState(false);
  const done = (): void => set((d) => ({ ...d, showing: "" }));
  const end = async (path: string): Promise<void> => {
    setBusy(true);
    await rest(path, { method: "DELETE" }).catch(complainRest);
    setBusy(false);
    again();
  };
  const others = data?.items.some((s) => !s.current);
  return (
    <Dialog title={t("sessions")} onClose={done}>
      <p className="muted">{t("sessions.lead")}</p>
      {load === "loading" && <Loading rows={2} />}
      {load === "failed" && <Failed again={again} />}
      <ul className="sessions">
        {data?.items.map((s) => {
          const from = s.from || t("sessions.unknown");
          return (
            <li key={s.id}>
              <span><strong>{from}</strong><span className="muted">{t("sessions.times", { since: when(s.created_at), used: when(s.last_used_at) })}</span></span>
              {s.current
                ? <span className="chip">{t("sessions.current")}</span>
                : <button type="button" className="button small" disabled={busy} aria-label={t("sessions.end.of", { from, since: when(s.created_at) })} onClick={() => void end(`/me/sessions/${s.id}`)}>{t("sessions.end")}</button>}
            </li>
          );
        })}
      </ul>
      {others && <p className="center"><button type="button" className="button" disabled={busy} onClick={() => void end("/me/sessions")}>{t("sessions.others")}</button></p>}
    </Dialog>
  );
}
