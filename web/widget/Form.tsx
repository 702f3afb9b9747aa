/** @jsxImportSource preact */
import { useState } from "preact/hooks";
import type { PreChatAsk } from "../src/wire/protocol.ts";
import { useHere } from "./parts.tsx";
import type { Key } from "./words.ts";

const maxAnswer = 200;
const kinds: { [kind: string]: "text" | "email" | "tel" } = { text: "text", email: "email", phone: "tel" };

/** What is wrong with an answer. It proves nothing, so the check is only for slips. */
export function wrong(ask: PreChatAsk, value: string): Key | "" {
  if (!value) return ask.required ? "needed" : "";
  if (ask.kind === "email" && !/^\S+@\S+\.\S+$/.test(value)) return "badEmail";
  if (ask.kind === "phone" && value.replace(/\D/g, "").length < 8) return "badPhone";
  return "";
}

/** The form before the chat. */
export function Form({ asks }: { asks: PreChatAsk[] }) {
  const { chat, t } = useHere();
  const [values, setValues] = useState<{ [key: string]: string }>({});
  const [tried, setTried] = useState(false);
  const errorOf = (a: PreChatAsk): Key | "" => (tried ? wrong(a, (values[a.key] ?? "").trim()) : "");
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    setTried(true);
    const bad = asks.find((a) => wrong(a, (values[a.key] ?? "").trim()));
    if (bad) return (e.currentTarget as HTMLFormElement).querySelector<HTMLElement>(`[name="${CSS.escape(bad.key)}"]`)?.focus();
    chat.answer(Object.fromEntries(asks.flatMap((a) => ((values[a.key] ?? "").trim() ? [[a.key, values[a.key]!.trim()]] : []))));
  };
  return (
    <form class="form" noValidate onSubmit={submit}>
      {chat.model.data?.widget.welcome && <p>{chat.model.data.widget.welcome}</p>}
      <p class="hint">{t("beginHelp")}</p>
      {asks.map((a) => {
        const bad = errorOf(a);
        return (
          <label class="field" key={a.key}>
            <span>{a.label} {!a.required && <small>({t("optional")})</small>}</span>
            <input class="input" name={a.key} {...({ type: kinds[a.kind] ?? "text" } as { type: "text" })} maxLength={maxAnswer} required={!!a.required}
              autoComplete={a.kind === "email" ? "email" : a.kind === "phone" ? "tel" : "on"} aria-invalid={!!bad} value={values[a.key] ?? ""}
              onInput={(e) => setValues({ ...values, [a.key]: e.currentTarget.value })} />
            {bad && <small class="wrong" role="alert">{t(bad)}</small>}
          </label>
        );
      })}
      <button type="submit" class="button">{t("begin")}</button>
    </form>
  );
}
