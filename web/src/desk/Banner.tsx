import { CloudOff, RefreshCw, TriangleAlert, WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useDesk } from "../state/store.ts";
import type { Phase } from "../wire/link.ts";
import { useWords } from "../words/words.ts";

const graceMS = 2000; // shorter trouble is not worth a word
const icons: { [p in Phase]?: typeof WifiOff } = { unstable: TriangleAlert, offline: WifiOff, superseded: CloudOff, refused: CloudOff };

/** Says that the line is bad once it has been for two seconds. What is written meanwhile is kept. */
export function Banner() {
  const phase = useDesk((d) => d.phase);
  const waiting = useDesk((d) => d.pending.filter((p) => !p.error && !p.seen).length);
  const t = useWords();
  const [told, setTold] = useState<Phase | null>(null);
  useEffect(() => {
    if (phase === "live") return setTold(null);
    const timer = setTimeout(() => setTold(phase), graceMS);
    return () => clearTimeout(timer);
  }, [phase]);
  if (!told || told === "live" || told === "signed_out") return null;
  const Icon = icons[told] ?? RefreshCw;
  return (
    <div className={`banner ${told}`} role="status">
      <Icon size={16} aria-hidden />
      <strong>{t(`line.${told}`)}</strong>
      <span>{t(`line.${told}.text`)}</span>
      {waiting > 0 && <span>{t("line.waiting", { n: waiting })}</span>}
    </div>
  );
}
