import { KeyRound, LinkIcon } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { moment, when } from "../../ui/format.ts";
import { useRest } from "../../ui/useRest.ts";
import type { Agent, OpenSessions, PasswordLink } from "../../wire/protocol.ts";
import { Refused, rest } from "../../wire/rest.ts";
import { Text } from "../fields.tsx";
import { useForm } from "../form.tsx";
import { Secret } from "../parts.tsx";
import { useT } from "../words.ts";

const letters = "abcdefghjkmnpqrstuvwxyz23456789"; // none that look alike

/** A password that can be read out: 4 groups of 4, about 79 bits. */
export function newPassword(): string {
  const out: string[] = [];
  while (out.length < 16) {
    const [n = 0] = crypto.getRandomValues(new Uint8Array(1));
    if (n < letters.length * 8) out.push(letters[n % letters.length]!);
  }
  return out.join("").replace(/(.{4})(?=.)/g, "$1-");
}

/** The form of a new agent is another one once it is saved: whether a link was chosen in it, and for whom. */
let chosen = false;
let invited = "";

/** Called when a new agent is saved. */
export function madeAgent(a: Agent): void {
  invited = chosen ? a.id : "";
}

/** How a person gets in: with a link, where they choose the password themselves, or with a password from here. */
export function Access({ id }: { id: string }) {
  const t = useT();
  const form = useForm();
  const fresh = id === "new";
  const [link, setLink] = useState(true);
  useEffect(() => {
    chosen = fresh && link;
    return () => void (chosen = false);
  }, [fresh, link]);
  const choose = (on: boolean): void => {
    setLink(on);
    form.set("/password", undefined);
  };
  return (
    <>
      {fresh && (
        <div className="field wide check">
          <label className="toggle"><input type="checkbox" role="switch" checked={link} onChange={(e) => choose(e.target.checked)} aria-describedby="link-hint" />{t("a.link.send")}</label>
          <p className="field-hint" id="link-hint">{t("a.link.hint")}</p>
        </div>
      )}
      {fresh ? !link && <Password fresh /> : <PasswordOrLink id={id} blocked={!!(form.value as Agent).disabled} />}
    </>
  );
}

function Password({ fresh = false, beside, below }: { fresh?: boolean; beside?: ReactNode; below?: ReactNode }) {
  const t = useT();
  const form = useForm();
  const [shown, setShown] = useState("");
  const make = (): void => {
    const p = newPassword();
    setShown(p);
    form.set("/password", p);
  };
  const pending = (form.value as Agent).password === shown;
  return (
    <>
      <Text at="/password" label={t(fresh ? "a.password" : "a.password.new")} hint={t(fresh ? "a.password.hint" : "a.password.keep")} type="password" auto="new-password" max={256} />
      <div className="field align-end">
        <div className="line"><button type="button" className="button" onClick={make}><KeyRound size={15} aria-hidden />{t("a.password.make")}</button>{beside}</div>
        {beside && <p className="field-hint">{t("a.link.what")}</p>}
      </div>
      {below}
      {shown && <div className="field wide"><Secret title={t("a.password.made")} text={t(pending ? "a.password.save" : "a.password.told")} value={shown} /></div>}
    </>
  );
}

/** How often the agent is signed in, and the button that ends it, which asks once more. */
function SignedIn({ id }: { id: string }) {
  const t = useT();
  const { data, again } = useRest<OpenSessions>(`/agents/${id}/sessions`);
  const [sure, setSure] = useState(false);
  const [problem, setProblem] = useState("");
  const n = data?.items.length ?? 0;
  const last = data?.items.map((s) => s.last_used_at).sort().at(-1);
  const end = async (): Promise<void> => {
    if (!sure) return setSure(true);
    setSure(false);
    setProblem("");
    await rest(`/agents/${id}/sessions`, { method: "DELETE" }).catch((e: unknown) => setProblem(e instanceof Refused ? e.code : "internal"));
    again();
  };
  if (!data) return null;
  return (
    <div className="field wide"><div className="line">
      <span className="muted">{last ? t("a.sessions", { n, at: when(last) }) : t("a.sessions.none")}</span>
      {n > 0 && <button type="button" className={sure ? "button danger" : "button"} onClick={() => void end()} onBlur={() => setSure(false)}>{t(sure ? "a.sessions.sure" : "a.sessions.end")}</button>}
      {problem && <span className="field-error" role="alert">{t.or(`error.${problem}`, "error.internal")}</span>}
    </div></div>
  );
}

function PasswordOrLink({ id, blocked }: { id: string; blocked: boolean }) {
  const t = useT();
  const [link, setLink] = useState<PasswordLink | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const make = async (): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      setLink(await rest<PasswordLink>(`/agents/${id}/password-link`, { method: "POST" }));
    } catch (e) {
      setProblem(e instanceof Refused ? e.code : "internal");
    }
    setBusy(false);
  };
  useEffect(() => {
    if (invited !== id) return;
    invited = "";
    void make();
  }, [id]);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => void box.current?.scrollIntoView({ block: "nearest" }), [link]); // it is shown this once
  return (
    <Password
      beside={<button type="button" className="button" disabled={busy || blocked} onClick={() => void make()}><LinkIcon size={15} aria-hidden />{t("a.link.make")}</button>}
      below={<>
        <SignedIn id={id} />
        {problem && <p className="field wide field-error" role="alert">{t.or(`error.${problem}`, "error.internal")}</p>}
        {link && !blocked && <div className="field wide password-link" ref={box}><Secret title={t("a.link")} text={t("a.link.told", { until: moment(link.expires_at) })} value={location.origin + link.path} /></div>}
      </>}
    />
  );
}
