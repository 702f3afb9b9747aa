import { Plus, Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { fold } from "../ui/format.ts";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import { all } from "../wire/rest.ts";
import { useNames } from "./data.ts";
import type { Kind, Stored } from "./kind.ts";
import { Go, PageHead } from "./parts.tsx";
import { adminPath } from "./route.ts";
import { type Key, useT } from "./words.ts";

/** All objects of a kind in a table: the arrows go through them, "/" finds. */
export function ListPage<V extends Stored>({ kind }: { kind: Kind<V> }) {
  const t = useT();
  const [list, setList] = useState<V[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let here = true;
    setFailed(false);
    all<V>(kind.path).then((l) => here && setList(l.toSorted((a, b) => kind.nameOf(a).localeCompare(kind.nameOf(b)))), () => here && setFailed(true));
    return () => void (here = false);
  }, [kind, turn]);
  const word = (name: string): Key => `kind.${kind.section}${name}` as Key;
  return (
    <>
      <PageHead title={t(word(""))} text={t(word(".text"))}>
        <Go to={`${adminPath}/${kind.section}/new`} className="button primary"><Plus size={16} aria-hidden />{t(word(".new"))}</Go>
      </PageHead>
      {failed ? <Failed again={() => setTurn(turn + 1)} /> : !list ? <Loading rows={6} /> : list.length === 0 ? <div className="card"><Empty icon={kind.icon} title={t(word(".empty"))}>{t(word(".text"))}</Empty></div> : <Table kind={kind} list={list} />}
    </>
  );
}

function Table<V extends Stored>({ kind, list }: { kind: Kind<V>; list: V[] }) {
  const t = useT();
  const names = useNames(kind.names ?? []);
  const [typed, setTyped] = useState("");
  const body = useRef<HTMLTableSectionElement>(null);
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const find = (e: globalThis.KeyboardEvent): void => {
      if (e.key !== "/" || e.target instanceof HTMLInputElement) return;
      e.preventDefault();
      search.current?.focus();
    };
    document.addEventListener("keydown", find);
    return () => document.removeEventListener("keydown", find);
  }, []);
  const shown = list.filter((v) => fold(kind.nameOf(v)).includes(fold(typed)));
  const keys = (e: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    const links = [...(body.current?.querySelectorAll<HTMLElement>("th a") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    e.preventDefault();
    links[at + step]?.focus();
    if (at + step < 0) search.current?.focus();
  };
  return (
    <div className="card list" onKeyDown={keys}>
      <div className="list-tools">
        <div className="search"><Search size={15} aria-hidden /><input ref={search} type="search" aria-label={t("filter")} placeholder={t("filter")} value={typed} onChange={(e) => setTyped(e.target.value)} /></div>
        <span className="muted tabular" role="status">{t("count", { n: shown.length })}</span>
      </div>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t(`kind.${kind.section}` as Key)}>
        <table>
          <thead><tr><th scope="col">{t("name")}</th>{kind.columns.map((c) => <th key={c.label} scope="col">{t(c.label)}</th>)}</tr></thead>
          <tbody ref={body}>
            {shown.map((v) => (
              <tr key={v.id}>
                <th scope="row"><Go to={`${adminPath}/${kind.section}/${v.id}`}>{kind.nameOf(v)}</Go></th>
                {kind.columns.map((c) => <td key={c.label}>{c.show(v, names, t)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p className="muted center table-none">{t("nothing")}</p>}
      </div>
    </div>
  );
}
