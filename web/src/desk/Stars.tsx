import { Star } from "lucide-react";
import type { Rating } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";

/** What the customer thinks of a conversation that is over. */
export function Stars({ rating: r, comment = false }: { rating: Rating; comment?: boolean }) {
  const t = useWords();
  return (
    <span className="stars">
      <span className="stars-row" role="img" aria-label={`${t("rating")}: ${t("rating.of", { n: r.score })}`}>
        {[1, 2, 3, 4, 5].map((n) => <Star key={n} size={13} className={n <= r.score ? "full" : ""} aria-hidden />)}
      </span>
      {comment && r.comment && <q>{r.comment}</q>}
    </span>
  );
}
