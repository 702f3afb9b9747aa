import { Keyboard, LogOut, Megaphone, MonitorSmartphone, Settings } from "lucide-react";
import { type Look, setLook, useLook } from "../state/look.ts";
import { signOut } from "../state/session.ts";
import { set, useDesk } from "../state/store.ts";
import { Avatar } from "../ui/Names.tsx";
import { Popover } from "../ui/Popover.tsx";
import { useWords } from "../words/words.ts";

export function LanguagePick() {
  const t = useWords();
  const { language } = useLook();
  return (
    <label className="pick">{t("language")}
      <select value={language} onChange={(e) => setLook({ language: e.target.value as Look["language"] })}>
        <option value="pt">Português (Brasil)</option>
        <option value="en">English</option>
        <option value="es">Español</option>
      </select>
    </label>
  );
}

function Toggle({ name, label }: { name: "contrast" | "compact" | "sound"; label: string }) {
  const look = useLook();
  return <label className="toggle"><input type="checkbox" role="switch" checked={look[name]} onChange={(e) => setLook({ [name]: e.target.checked })} />{label}</label>;
}

export function UserMenu() {
  const t = useWords();
  const user = useDesk((d) => d.user);
  const look = useLook();
  if (!user) return null;
  return (
    <Popover className="user-button" label={t("user.menu", { name: user.name })} button={<Avatar name={user.name} id={user.id} />}>
      {(close) => (
        <div className="user-menu">
          <p className="user-name"><strong>{user.name}</strong><span className="muted">{t.or(`role.${user.role}`, "role.agent")}</span></p>
          <LanguagePick />
          <label className="pick">{t("theme")}
            <select value={look.theme} onChange={(e) => setLook({ theme: e.target.value as Look["theme"] })}>
              <option value="system">{t("theme.system")}</option>
              <option value="light">{t("theme.light")}</option>
              <option value="dark">{t("theme.dark")}</option>
            </select>
          </label>
          <Toggle name="contrast" label={t("look.contrast")} />
          <Toggle name="compact" label={t("look.compact")} />
          <Toggle name="sound" label={t("look.sound")} />
          <button type="button" className="button wide" onClick={() => { close(); set((d) => ({ ...d, showing: "shortcuts" })); }}><Keyboard size={15} aria-hidden />{t("keys.title")}</button>
          <button type="button" className="button wide" onClick={() => { close(); set((d) => ({ ...d, showing: "sessions" })); }}><MonitorSmartphone size={15} aria-hidden />{t("sessions")}</button>
          {user.role === "supervisor" && <a className="button wide" href="/desk/admin/announcements"><Megaphone size={15} aria-hidden />{t("announcements")}</a>}
          {user.role === "admin" && <a className="button wide" href="/desk/admin"><Settings size={15} aria-hidden />{t("role.admin")}</a>}
          <button type="button" className="button wide" onClick={() => void signOut()}><LogOut size={15} aria-hidden />{t("signout")}</button>
        </div>
      )}
    </Popover>
  );
}
