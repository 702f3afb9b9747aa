import { KeyRound, LinkIcon } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { goTo } from "../state/route.ts";
import { signIn } from "../state/session.ts";
import type { PasswordLinkOwner } from "../wire/protocol.ts";
import { Refused, rest } from "../wire/rest.ts";
import { moment } from "../ui/format.ts";
import { useWords } from "../words/words.ts";
import { LanguagePick } from "./UserMenu.tsx";

export const passwordPath = "/desk/password";
const shortest = 8;

/** Where a one-time link leads: the person sets their own password and goes on to the desk. */
export function OwnPassword() {
  const t = useWords();
  const [token] = useState(() => location.hash.slice(1)); // behind the #, where no server sees it
  const [owner, setOwner] = useState<PasswordLinkOwner | null>(null);
  const [problem, setProblem] = useState("");
  const [gone, setGone] = useState(false);
  const [busy, setBusy] = useState(false);
  const failed = (e: unknown): void => {
    const code = e instanceof Refused ? e.code : "insecure";
    if (code === "not_found" || (code === "bad_request" && !owner)) setGone(true);
    else setProblem(code === "bad_request" ? "short" : code);
    setBusy(false);
  };
  useEffect(() => {
    document.title = `${t("own.title")} · Pronto`;
  }, [t]);
  useEffect(() => {
    rest<PasswordLinkOwner>("/password-link/check", { method: "POST", body: { token } }).then(setOwner, failed);
    const another = (): void => location.reload();
    addEventListener("hashchange", another);
    return () => removeEventListener("hashchange", another);
  }, [token]);
  const submit = async (e: FormEvent<HTMLFormElement>): Promise<void> => {
    e.preventDefault();
    const form = new FormData(e.currentTarget);
    const password = String(form.get("password"));
    if ([...password].length < shortest) return setProblem("short");
    if (password !== form.get("again")) return setProblem("differs");
    setBusy(true);
    setProblem("");
    try {
      await rest("/password-link", { method: "POST", body: { token, password } });
      await signIn(owner!.login, password);
      goTo("/desk/", "replace");
    } catch (x) {
      failed(x);
    }
  };
  if (gone) return <Gone />;
  return (
    <main className="signin">
      <form className="signin-card" noValidate onSubmit={(e) => void submit(e)} aria-labelledby="own-title" aria-busy={!owner}>
        <img src="/desk/icon.svg" alt="" width="40" height="40" />
        <h1 id="own-title">{t("own.title")}</h1>
        <p className="muted">{owner ? t("own.lead", { name: owner.name, until: moment(owner.expires_at) }) : t("loading")}</p>
        {owner && (
          <>
            <label>{t("own.login")}<input name="login" autoComplete="username" readOnly value={owner.login} /></label>
            <label>{t("own.password")}<input name="password" type="password" autoComplete="new-password" autoFocus required minLength={shortest} maxLength={256} aria-describedby="own-hint" /></label>
            <p id="own-hint" className="signin-hint">{t("own.hint")}</p>
            <label>{t("own.again")}<input name="again" type="password" autoComplete="new-password" required maxLength={256} /></label>
          </>
        )}
        {problem && <p className="field-error" role="alert">{t.or(problem in wrong ? wrong[problem as keyof typeof wrong] : `signin.${problem}`, "error.internal")}</p>}
        {owner && <button type="submit" className="button primary large" disabled={busy}><KeyRound size={16} aria-hidden />{t("own.do")}</button>}
        <LanguagePick />
      </form>
    </main>
  );
}

const wrong = { short: "own.short", differs: "own.differs" } as const;

/** One that is used, over, replaced or mistyped: the server does not tell which. */
function Gone() {
  const t = useWords();
  return (
    <main className="signin">
      <div className="signin-card">
        <span className="state-icon bad"><LinkIcon size={22} aria-hidden /></span>
        <h1>{t("own.gone")}</h1>
        <p className="muted">{t("own.gone.text")}</p>
        <a className="button large" href="/desk/">{t("signin.enter")}</a>
        <LanguagePick />
      </div>
    </main>
  );
}
