/** @jsxImportSource preact */
import { render } from "preact";
import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import css from "./app.css?inline";
import { Chat } from "./chat.ts";
import type { AppModule, Mounted, Place } from "./mounted.ts";
import { Panel } from "./Panel.tsx";
import { Here } from "./parts.tsx";
import { languageOf } from "./text.ts";
import { wordsOf } from "./words.ts";

function App({ chat, close }: { chat: Chat; close(): void }) {
  const [, redraw] = useState(0);
  useLayoutEffect(() => chat.watch(() => redraw((n) => n + 1)), [chat]); // at once: a refusal that comes before the next picture is the last change
  const { place, model } = chat;
  const language = languageOf(model.data?.widget.language, place.element.getAttribute("language"), document.documentElement.lang, navigator.language);
  const around = useMemo(() => ({ chat, language, t: wordsOf(language) }), [chat, language]);
  const unread = chat.unread();
  useEffect(() => {
    const label = model.open ? around.t("close") : unread ? around.t("openNew", { n: unread }) : around.t("open");
    place.launcher.setAttribute("aria-label", label);
    place.launcher.lang = language;
    place.launcher.setAttribute("aria-expanded", String(model.open));
    place.badge.textContent = unread ? String(Math.min(unread, 99)) : "";
  }, [model.open, unread, around]);
  return <Here.Provider value={{ ...around }}><Panel close={close} /></Here.Provider>;
}

export const mount: AppModule["mount"] = (place: Place, open: boolean): Mounted => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  place.root.adoptedStyleSheets.push(sheet);
  const box = document.createElement("div");
  place.root.append(box);
  const chat = new Chat(place, open);
  const show = (to: boolean) => {
    chat.set({ open: to });
    chat.saw();
    place.launcher.setAttribute("aria-expanded", String(to)); // at once: on small screens an open chat hides it
    if (!to) place.launcher.focus();
  };
  const seenElsewhere = (e: StorageEvent) => e.key?.startsWith("pronto.chat.") && chat.set({});
  globalThis.addEventListener("storage", seenElsewhere);
  render(<App chat={chat} close={() => show(false)} />, box);
  return {
    open: () => show(true), close: () => show(false), toggle: () => show(!chat.model.open),
    end: () => {
      globalThis.removeEventListener("storage", seenElsewhere);
      chat.end();
      render(null, box);
      box.remove();
      place.badge.textContent = "";
      place.launcher.setAttribute("aria-expanded", "false");
      place.root.adoptedStyleSheets = place.root.adoptedStyleSheets.filter((s) => s !== sheet);
    },
  };
};
