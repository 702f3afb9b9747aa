/** @jsxImportSource preact */
import { useRef, useState } from "preact/hooks";
import { CommandRefused } from "../src/wire/outbox.ts";
import { Icon, useHere } from "./parts.tsx";
import { isKey, type Key } from "./words.ts";

/** Asks how it was; for a day it may be said otherwise. */
export function Rating() {
  const { chat, t } = useHere();
  const given = chat.model.conversation?.rating;
  const [stars, setStars] = useState(given?.score ?? 0);
  const [comment, setComment] = useState(given?.comment ?? "");
  const [change, setChange] = useState(false);
  const [error, setError] = useState<Key | "">("");
  const turn = useRef(0); // the event of a rating may be here before its reply, which must not close the form that was opened since
  const send = (e: Event) => {
    e.preventDefault();
    if (!stars) return;
    const now = ++turn.current;
    chat.rate(stars, comment.trim()).then(() => now === turn.current && setChange(false), (x: unknown) => {
      const key = x instanceof CommandRefused ? `error.${x.error.code}` : "";
      setError(isKey(key) ? key : "error.other");
    });
  };
  if (given && !change) {
    return <div class="card"><p>{t("rated")} {t("stars", { n: given.score })}</p><p><button type="button" class="link" onClick={() => (turn.current++, setChange(true))}>{t("rateAgain")}</button></p></div>;
  }
  return (
    <form class="card" onSubmit={send}>
      <p aria-hidden="true">{t("rateAsk")}</p>
      <fieldset class="stars">
        <legend class="off">{t("rateAsk")}</legend>
        {[1, 2, 3, 4, 5].map((n) => (
          <label key={n} class={n <= stars ? "on" : ""}>
            <input type="radio" name="rating" value={n} checked={stars === n} onChange={() => setStars(n)} aria-label={t("stars", { n })} />
            <Icon name="star" />
          </label>
        ))}
      </fieldset>
      <textarea class="input" rows={2} maxLength={1000} aria-label={t("comment")} placeholder={t("comment")} value={comment} onInput={(e) => setComment(e.currentTarget.value)} />
      {error && <p class="hint bad" role="alert">{t(error)}</p>}
      <button type="submit" class="button" disabled={!stars}>{t("rate")}</button>
    </form>
  );
}
