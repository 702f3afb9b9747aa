import { lazy, Suspense, useEffect } from "react";
import { adminPath, setupPath } from "../admin/route.ts";
import { home, supervisorTab, talksTab } from "../state/model.ts";
import { usePath, useRoute } from "../state/route.ts";
import { useDesk } from "../state/store.ts";
import { SupervisorPage } from "../supervisor/Page.tsx";
import { Wallboard } from "../supervisor/Wallboard.tsx";
import { useWords } from "../words/words.ts";
import { Banner } from "./Banner.tsx";
import { Bar } from "./Bar.tsx";
import { FindTab } from "./FindTab.tsx";
import { HistoryTab } from "./HistoryTab.tsx";
import { Home } from "./Home.tsx";
import { OwnPassword, passwordPath } from "./OwnPassword.tsx";
import { SignIn } from "./SignIn.tsx";
import { Talks } from "./Talks.tsx";
import { Toasts } from "./Toasts.tsx";

const Setup = lazy(() => import("../admin/setup/Setup.tsx"));
const Admin = lazy(() => import("../admin/Admin.tsx"));

export function App() {
  const known = useDesk((d) => d.known);
  const user = useDesk((d) => d.user);
  const ready = useDesk((d) => d.ready);
  const path = usePath();
  const [page] = useRoute();
  if (path.startsWith("/setup/") || (known && path.startsWith(setupPath))) return <Suspense fallback={<Splash />}><Setup /></Suspense>;
  if (path === passwordPath) return <OwnPassword />;
  if (known && user && path.startsWith(adminPath)) return <Suspense fallback={<Splash />}><Admin /></Suspense>;
  if (!known || (user && !ready)) return <Splash />;
  if (!user) return <><SignIn /><Toasts /></>;
  return page === "wallboard" ? <Wallboard /> : <Desk />;
}

function Splash() {
  const t = useWords();
  return <div className="splash" role="status"><img src="/desk/icon.svg" alt="" width="48" height="48" /><span>{t("loading")}</span><Banner /></div>;
}

function Desk() {
  const tab = useDesk((d) => d.tab);
  const beside = useDesk((d) => d.tabs.find((x) => x.id === d.tab));
  return (
    <div className="desk">
      <Marks />
      <Bar />
      <Banner />
      <main className="main">
        <div className="page" id="page" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          {tab === home && <Home />}
          {tab === talksTab && <Talks />}
          {tab === supervisorTab && <SupervisorPage />}
          {beside?.kind === "find" && <FindTab />}
          {beside?.kind === "history" && <HistoryTab key={beside.id} tab={beside} />}
        </div>
      </main>
      <Toasts />
    </div>
  );
}

/** What the browser shows outside the page: the number before the title and the dot on the icon. */
function Marks() {
  const unread = useDesk((d) => Object.values(d.talks).reduce((n, x) => n + x.head.unread, 0));
  const offers = useDesk((d) => d.offers.length);
  useEffect(() => {
    const n = unread + offers;
    document.title = n ? `(${n}) Pronto` : "Pronto";
  }, [unread, offers]);
  const any = unread + offers > 0;
  useEffect(() => {
    document.querySelector("link[rel=icon]")?.setAttribute("href", any ? "/desk/icon-new.svg" : "/desk/icon.svg");
  }, [any]);
  return null;
}
