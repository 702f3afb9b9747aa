import { LogIn } from "lucide-react";
import { type FormEvent, useState } from "react";
import { signIn } from "../state/session.ts";
import { Refused } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";
import { LanguagePick } from "./UserMenu.tsx";

export function SignIn() {
  const t = useWords();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent<HTMLFormElement>): Promise<void> => {
    e.preventDefault();
    const form = new FormData(e.currentTarget);
    setBusy(true);
    setProblem("");
    try {
      await signIn(String(form.get("login")), String(form.get("password")));
    } catch (x) {
      setProblem(x instanceof Refused ? x.code : "insecure");
      setBusy(false);
    }
  };
  return (
    <main className="signin">
      <form className="signin-card" onSubmit={(e) => void submit(e)} aria-labelledby="signin-title">
        <img src="/desk/icon.svg" alt="" width="40" height="40" />
        <h1 id="signin-title">{t("signin.title")}</h1>
        <p className="muted">{t("signin.lead")}</p>
        <label>{t("signin.login")}<input name="login" autoComplete="username" autoFocus required maxLength={128} autoCapitalize="none" spellCheck={false} /></label>
        <label>{t("signin.password")}<input name="password" type="password" autoComplete="current-password" required maxLength={256} /></label>
        {problem && <p className="field-error" role="alert">{t.or(`signin.${problem}`, "error.internal")}</p>}
        <button type="submit" className="button primary large" disabled={busy}><LogIn size={16} aria-hidden />{t("signin.enter")}</button>
        <LanguagePick />
      </form>
    </main>
  );
}
