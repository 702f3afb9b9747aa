import { Eye, House, MessagesSquare, Search, X } from "lucide-react";
import type { KeyboardEvent } from "react";
import { closeTab, openFind, openTab } from "../state/actions.ts";
import { home, supervisorTab, talksTab } from "../state/model.ts";
import { useDesk } from "../state/store.ts";
import { useBoard } from "../supervisor/board.ts";
import { supervises } from "../supervisor/live.ts";
import { useWords } from "../words/words.ts";
import { Palette } from "./Palette.tsx";
import { Presence } from "./Presence.tsx";
import { UserMenu } from "./UserMenu.tsx";

/** The bar: two tabs that cannot be closed, further ones beside them, presence, and oneself. */
export function Bar() {
  const t = useWords();
  const tab = useDesk((d) => d.tab);
  const beside = useDesk((d) => d.tabs);
  const unread = useDesk((d) => Object.values(d.talks).filter((x) => x.head.unread > 0 || x.fresh).length);
  const offers = useDesk((d) => d.offers.length);
  const supervisor = useDesk((d) => supervises(d.user?.role));
  const alerts = useBoard((b) => b.alerts.length);
  const ids = [home, talksTab, ...(supervisor ? [supervisorTab] : []), ...beside.map((b) => b.id)];
  const keys = (e: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    const focused = (e.target as HTMLElement).id.replace(/^tab-/, "");
    if (e.key === "Delete" && beside.some((b) => b.id === focused)) closeTab(focused);
    if (!step) return;
    const next = ids[(ids.indexOf(tab) + step + ids.length) % ids.length]!;
    openTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  const one = (id: string) => ({ id: `tab-${id}`, role: "tab", "aria-selected": tab === id, "aria-controls": "page", tabIndex: tab === id ? 0 : -1, onClick: () => openTab(id) });
  return (
    <header className="bar">
      <img className="bar-logo" src="/desk/icon.svg" alt="Pronto" width="26" height="26" />
      <div className="tabs" role="tablist" aria-label={t("tabs")} onKeyDown={keys}>
        <button type="button" className="tab" {...one(home)}>
          <House size={16} aria-hidden /><span>{t("home")}</span>{offers > 0 && <span className="badge calls">{offers}</span>}
        </button>
        <button type="button" className="tab" {...one(talksTab)}>
          <MessagesSquare size={16} aria-hidden /><span>{t("talks")}</span>{unread > 0 && <span className="badge">{unread}</span>}
        </button>
        {supervisor && (
          <button type="button" className="tab" {...one(supervisorTab)}>
            <Eye size={16} aria-hidden /><span>{t("sup")}</span>{alerts > 0 && <span className="badge">{alerts}</span>}
          </button>
        )}
        {beside.map((b) => (
          <span key={b.id} className="tab-beside" role="presentation">
            <button type="button" className="tab" {...one(b.id)} aria-keyshortcuts="Delete" title={t("tab.close")}>
              <span>{b.title}</span>
              <span className="tab-close" aria-hidden onClick={(e) => { e.stopPropagation(); closeTab(b.id); }}><X size={13} /></span>
            </button>
          </span>
        ))}
      </div>
      <button type="button" className="icon-button" aria-label={t("find")} title={t("find")} onClick={openFind}><Search size={17} aria-hidden /></button>
      <Palette />
      <Presence />
      <UserMenu />
    </header>
  );
}
