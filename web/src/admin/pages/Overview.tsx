import { Go, PageHead } from "../parts.tsx";
import { adminPath } from "../route.ts";
import { groups } from "../sections.ts";
import { type Key, useT } from "../words.ts";

/** Where the administration begins: every part with a sentence. */
export function Overview() {
  const t = useT();
  return (
    <>
      <PageHead title={t("admin")} text={t("admin.text")} />
      {groups.map((g) => (
        <section key={g.label} className="overview-group" aria-label={t(g.label)}>
          <h2>{t(g.label)}</h2>
          <div className="overview">
            {g.sections.map(({ id, icon: Icon }) => (
              <Go key={id} to={`${adminPath}/${id}`} className="overview-card"><span className="state-icon"><Icon size={19} aria-hidden /></span><span><strong>{t(`kind.${id}` as Key)}</strong><span className="muted">{t(`kind.${id}.text` as Key)}</span></span></Go>
            ))}
          </div>
        </section>
      ))}
    </>
  );
}
