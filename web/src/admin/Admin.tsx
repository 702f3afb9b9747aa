import { ArrowLeft, ShieldOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { Toasts } from "../desk/Toasts.tsx";
import { UserMenu } from "../desk/UserMenu.tsx";
import { useDesk } from "../state/store.ts";
import { Empty } from "../ui/States.tsx";
import { EditPage } from "./EditPage.tsx";
import type { Kind, Stored } from "./kind.ts";
import { ListPage } from "./ListPage.tsx";
import { groups, kinds, ofSupervisors, pages } from "./sections.ts";
import { Go, LeaveQuestion } from "./parts.tsx";
import { adminPath, usePath } from "./route.ts";
import { type Key, useT } from "./words.ts";
import "./admin.css";

/** The administration: its own pages beside the desk, for administrators. */
export default function Admin() {
  const t = useT();
  const role = useDesk((d) => d.user?.role);
  const [section = "", id = "", page = ""] = usePath().slice(adminPath.length + 1).split("/").map(decodeURIComponent);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${t(section ? (`kind.${section}` as Key) : "admin")} · Pronto`;
    if (!first.current) main.current?.querySelector<HTMLElement>("h1")?.focus();
    first.current = false;
    main.current?.scrollTo(0, 0);
  }, [section, id, page, t]);
  return (
    <div className="admin">
      <header className="bar">
        <img className="bar-logo" src="/desk/icon.svg" alt="Pronto" width="26" height="26" />
        <Go to={adminPath} className="admin-title">{t("admin")}</Go>
        <a className="button small admin-desk" href="/desk/"><ArrowLeft size={15} aria-hidden />{t("admin.desk")}</a>
        <UserMenu />
      </header>
      {role === "admin" || (role === "supervisor" && ofSupervisors.has(section)) ? (
        <div className="admin-body">
          <Nav section={section} all={role === "admin"} />
          <main className="admin-main" ref={main}><div className="admin-page"><Page section={section} id={id} page={page} /></div></main>
        </div>
      ) : <main className="admin-main"><h1 className="hidden">{t("admin")}</h1><Empty icon={ShieldOff} title={t("admin.forbidden")}>{t("admin.forbidden.text")}</Empty></main>}
      <LeaveQuestion />
      <Toasts />
    </div>
  );
}

function Nav({ section, all }: { section: string; all: boolean }) {
  const t = useT();
  return (
    <nav className="admin-nav" aria-label={t("admin")}>
      {groups.map((g) => ({ ...g, sections: g.sections.filter((s) => all || ofSupervisors.has(s.id)) })).filter((g) => g.sections.length > 0).map((g) => (
        <div key={g.label} className="admin-group">
          <h2>{t(g.label)}</h2>
          <ul>{g.sections.map(({ id, icon: Icon }) => <li key={id}><Go to={`${adminPath}/${id}`} current={section === id}><Icon size={16} aria-hidden /><span>{t(`kind.${id}` as Key)}</span></Go></li>)}</ul>
        </div>
      ))}
    </nav>
  );
}

function Page({ section, id, page }: { section: string; id: string; page: string }) {
  const t = useT();
  const Own = pages[section || "overview"];
  if (Own) return <Own />;
  const kind = kinds.find((k) => k.section === section) as Kind<Stored> | undefined;
  if (!kind) return <Empty icon={ShieldOff} title={t("admin.unknown")} />;
  return id ? <EditPage key={id} kind={kind} id={id} page={page} /> : <ListPage key={section} kind={kind} />;
}
