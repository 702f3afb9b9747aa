import { ExternalLink, MonitorSmartphone } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Channel } from "../../wire/protocol.ts";
import { Amount, Area, Check, Lines, Pick, Rows, Text } from "../fields.tsx";
import { Frame, Section, useField } from "../form.tsx";
import { CopyButton } from "../parts.tsx";
import { useT } from "../words.ts";
import { languages } from "./languages.ts";
import { useOptions } from "./queues.tsx";

export function WidgetFields({ secret }: { secret: ReactNode }) {
  const t = useT();
  const kinds = useOptions("w.ask", ["text", "email", "phone"]);
  return (
    <>
      <Section title={t("w.look")}>
        <Text at="/widget/title" label={t("w.title")} max={60} />
        <Colour />
        <Pick at="/widget/language" label={t("language")} options={languages} none={t("w.language.page")} />
        <Check at="/widget/rating" label={t("w.rating")} hint={t("w.rating.hint")} />
        <Area at="/widget/welcome" label={t("w.welcome")} hint={t("w.welcome.hint")} max={500} rows={2} />
        <Area at="/widget/closed_text" label={t("w.closed")} max={500} rows={2} />
      </Section>
      <Section title={t("w.before")} text={t("w.before.text")}>
        <Rows
          at="/widget/pre_chat" label={t("w.asks")} add={t("w.ask.add")} blank={{ key: "", label: "", kind: "text" } as Channel["widget"]["pre_chat"][number]} ordered nameOf={(a) => a.label || t("w.ask")}
          row={(at) => (
            <>
              <Text at={`${at}/label`} label={t("w.ask.label")} required max={100} />
              <Text at={`${at}/key`} label={t("w.ask.key")} hint={t("w.ask.key.hint")} required max={40} />
              <Pick at={`${at}/kind`} label={t("s.kind")} options={kinds} />
              <Check at={`${at}/required`} label={t("required")} />
            </>
          )}
        />
      </Section>
      <Section title={t("w.where")}>
        <Lines at="/widget/origins" label={t("w.origins")} hint={t("w.origins.hint")} />
        <Check at="/widget/require_identity" label={t("w.identity")} hint={t("w.identity.hint")} />
        {secret}
        <Amount at="/widget/max_sessions" label={t("w.sessions")} min={1} max={50} />
        <Amount at="/widget/messages_per_minute" label={t("w.rate")} min={1} max={600} />
      </Section>
    </>
  );
}

function Colour() {
  const t = useT();
  const f = useField<string>("/widget/color", t("w.color"), { hint: true });
  return (
    <Frame field={f as never} label={t("w.color")} hint={t("w.color.hint")}>
      <span className="colour">
        <input type="color" aria-label={t("w.color.pick")} value={/^#[\da-f]{6}$/i.test(f.value) ? f.value : "#0b6bcb"} onChange={(e) => f.set(e.target.value)} />
        <input {...f.aria} maxLength={7} placeholder="#0b6bcb" value={f.value} onChange={(e) => f.set(e.target.value)} />
      </span>
    </Frame>
  );
}

/** The page that shows the chat, as it is saved; and what to put into one's own pages. */
export function WidgetPreview({ channel: c }: { channel: Channel }) {
  const t = useT();
  const [narrow, setNarrow] = useState(true);
  const page = `/demo-page/?channel=${c.id}`;
  const snippet = `<script async src="${location.origin}/widget.js"></script>\n<pronto-chat channel="${c.id}"></pronto-chat>`;
  return (
    <>
      <section className="card preview" aria-label={t("preview")}>
        <header className="preview-head"><h2>{t("preview")}</h2><a href={page} target="_blank" rel="noopener" className="button small"><ExternalLink size={14} aria-hidden />{t("w.page")}</a></header>
        <p className="muted">{t("w.preview.text")}</p>
        <iframe key={c.version} className={narrow ? "phone" : "wide"} title={t("w.frame")} src={`${page}&open=1`} />
        <label className="toggle"><input type="checkbox" role="switch" checked={narrow} onChange={(e) => setNarrow(e.target.checked)} /><MonitorSmartphone size={15} aria-hidden />{t("w.tall")}</label>
      </section>
      <section className="card preview" aria-label={t("w.snippet")}>
        <h2>{t("w.snippet")}</h2>
        <p className="muted">{t("w.snippet.text")}</p>
        <pre className="snippet" tabIndex={0}><code>{snippet}</code></pre>
        <CopyButton text={snippet} label={t("copy")} />
      </section>
    </>
  );
}
