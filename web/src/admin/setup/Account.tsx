import { useMemo, useState } from "react";
import { signIn } from "../../state/session.ts";
import type { FieldError, Problem } from "../../wire/protocol.ts";
import { Refused } from "../../wire/rest.ts";
import { Text } from "../fields.tsx";
import { type Form, FormContext } from "../form.tsx";
import { withValue } from "../pointer.ts";
import { useT } from "../words.ts";

/** Makes the first administrator with the secret of the link, and signs in. */
export function Account({ secret, done, gone }: { secret: string; done: () => void; gone: () => void }) {
  const t = useT();
  const [value, setValue] = useState({ name: "", login: "", password: "" });
  const [errors, setErrors] = useState<FieldError[]>([]);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useMemo<Form>(() => ({
    value, errors, labels: new Map(),
    set: (at, v) => { setValue((old) => withValue(old, at, v ?? "")); setErrors((list) => list.filter((e) => e.pointer !== at)); },
  }), [value, errors]);
  const make = async (): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      const answer = await fetch(`/setup/${secret}`, { method: "POST", body: new URLSearchParams(value) });
      if (answer.status === 404) return gone();
      if (!answer.ok) {
        const p = (await answer.json()) as Problem;
        setErrors(p.errors ?? []);
        return setProblem(p.code);
      }
      await signIn(value.login, value.password);
      done();
    } catch (e) {
      setProblem(e instanceof Refused || e instanceof TypeError ? "offline" : "insecure");
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormContext value={form}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); void make(); }}>
        <h1 tabIndex={-1}>{t("setup.account.title")}</h1>
        <p className="muted">{t("setup.account.text")}</p>
        <Text at="/name" label={t("setup.name")} required max={100} auto="name" />
        <Text at="/login" label={t("signin.login")} required max={128} auto="username" />
        <Text at="/password" label={t("signin.password")} hint={t("setup.password.hint")} required max={256} type="password" auto="new-password" />
        {problem && errors.length === 0 && <p className="field-error" role="alert">{problem === "insecure" ? t("signin.insecure") : t.or(`error.${problem}`, "error.internal")}</p>}
        <div className="setup-tools"><button type="submit" className="button primary large" disabled={busy}>{t("setup.account.do")}</button></div>
      </form>
    </FormContext>
  );
}
