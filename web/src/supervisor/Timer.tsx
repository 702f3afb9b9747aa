import { duration } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";

/** A running time by the server's clock; a dash where there is none. */
export function Timer({ since, className }: { since: string | undefined; className?: string }) {
  const now = useNow();
  const name = `tabular${className ? ` ${className}` : ""}`;
  return since ? <time className={name} dateTime={since}>{duration(now - Date.parse(since))}</time> : <span className={name}>–</span>;
}
