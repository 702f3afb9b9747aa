import { ChevronLeft } from "lucide-react";
import { useRest } from "../ui/useRest.ts";
import { Failed, Loading } from "../ui/States.tsx";
import { Editor } from "./Editor.tsx";
import type { Kind, Stored } from "./kind.ts";
import { Go, PageHead } from "./parts.tsx";
import { adminPath } from "./route.ts";
import { type Key, useT } from "./words.ts";

/** One object: its form, or one of its further pages. */
export function EditPage<V extends Stored>({ kind, id, page }: { kind: Kind<V>; id: string; page: string }) {
  const t = useT();
  const fresh = id === "new";
  const { data, load, again, set } = useRest<V>(fresh ? null : `${kind.path}/${encodeURIComponent(id)}`);
  const list = `${adminPath}/${kind.section}`;
  const here = kind.pages?.find((p) => p.id === page);
  return (
    <>
      <PageHead
        title={fresh ? t(`kind.${kind.section}.new` as Key) : data ? kind.nameOf(data) : "…"}
        above={<Go to={list} className="back"><ChevronLeft size={15} aria-hidden />{t(`kind.${kind.section}` as Key)}</Go>}
      />
      {!fresh && kind.pages && (
        <nav className="subnav" aria-label={t("pages")}>
          <Go to={`${list}/${id}`} current={!here}>{t("page.form")}</Go>
          {kind.pages.map((p) => <Go key={p.id} to={`${list}/${id}/${p.id}`} current={p === here}>{t(p.label)}</Go>)}
        </nav>
      )}
      {here ? <here.Page id={id} />
        : fresh ? <Editor kind={kind} stored={null} onSaved={set} />
        : load === "failed" ? <Failed again={again} />
        : data?.id === id ? <Editor key={id} kind={kind} stored={data} onSaved={set} />
        : <Loading rows={6} />}
    </>
  );
}
