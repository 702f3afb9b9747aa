import { LinkIcon, PartyPopper } from "lucide-react";
import { CopyButton } from "../parts.tsx";
import { useT } from "../words.ts";
import type { Made } from "./steps.tsx";

/** What was made, and the ways on. */
export function Done({ made }: { made: Made }) {
  const t = useT();
  const page = made.web ? `/demo-page/?channel=${made.web}` : "";
  const snippet = `<script async src="${location.origin}/widget.js"></script>\n<pronto-chat channel="${made.web}"></pronto-chat>`;
  return (
    <>
      <span className="state-icon"><PartyPopper size={22} aria-hidden /></span>
      <h1 tabIndex={-1}>{t("setup.done.title")}</h1>
      <p className="muted">{t("setup.done.text")}</p>
      {page && (
        <>
          <p>{t("setup.done.try")} <a href={page} target="_blank" rel="noopener">{t("setup.done.page")}</a></p>
          <pre className="snippet" tabIndex={0} aria-label={t("w.snippet")}><code>{snippet}</code></pre>
          <CopyButton text={snippet} label={t("copy")} />
        </>
      )}
      <div className="setup-tools"><a className="button large" href="/desk/admin">{t("admin")}</a><a className="button primary large" href="/desk/">{t("setup.done.desk")}</a></div>
    </>
  );
}

/** The link is used or too old, or there is nobody here who may go on. */
export function Gone({ signedIn }: { signedIn: boolean }) {
  const t = useT();
  return (
    <main className="splash setup-gone">
      <span className="state-icon bad"><LinkIcon size={22} aria-hidden /></span>
      <h1>{t("setup.gone.title")}</h1>
      <p>{t("setup.gone.text")}</p>
      <a className="button primary" href="/desk/">{t(signedIn ? "admin.desk" : "signin.enter")}</a>
    </main>
  );
}
