import type { Words } from "../words/words.ts";
import { accept, cancelTransfer, decline, hold, openFind, openTab, openTalk, setStatus } from "./actions.ts";
import { sorted } from "./apply.ts";
import { setLook } from "./look.ts";
import { type Desk, home, type Talk, talksTab } from "./model.ts";
import { snooze, snoozeTimes, unsnooze } from "./moves.ts";
import { set } from "./store.ts";
import { signOut } from "./session.ts";
import { askToClose, askToTransfer, openTool } from "./tools.ts";

/** Something that one can do now, with the name under which it is found. */
export interface Act {
  name: string;
  run: () => void;
}

/** Everything that can be done as things are, most likely first. */
export function acts(d: Desk, t: Words): Act[] {
  const open = d.tab === talksTab && d.open ? d.talks[d.open] : undefined;
  return [...ofOffers(d, t), ...(open ? ofTalk(open, t) : []), ...ofPresence(d, t), ...ofPlaces(d, t), ...ofLook(t)];
}

const nameOf = (c: { name: string; identity: string }): string => c.name || c.identity;

function ofOffers(d: Desk, t: Words): Act[] {
  return d.offers.flatMap((o) => [
    { name: t("palette.accept", { name: nameOf(o.contact) }), run: () => void accept(o.id) },
    { name: t("palette.decline", { name: nameOf(o.contact) }), run: () => void decline(o.id) },
  ]);
}

const toolNames = ["script", "canned", "notes", "contact", "history", "facts"] as const;

function ofTalk({ head: h }: Talk, t: Words): Act[] {
  const out: Act[] = [{ name: t("finish"), run: () => askToClose(h.id) }, { name: t("transfer.title"), run: () => askToTransfer(h.id) }];
  if (h.transfer) out.push({ name: t("transfer.take"), run: () => cancelTransfer(h.id) });
  out.push({ name: t(h.on_hold ? "hold.end" : "hold.start"), run: () => hold(h.id, !h.on_hold) });
  if (h.snoozed_until) out.push({ name: t("snooze.wake"), run: () => unsnooze(h.id) });
  else if (h.state === "active") out.push(...snoozeTimes(new Date()).map((x) => ({ name: `${t("snooze.start")}: ${t(x.name)}`, run: () => snooze(h.id, x.until) })));
  out.push(...toolNames.map((tool) => ({ name: t("palette.tool", { name: t(`tool.${tool}`) }), run: () => openTool(h.id, tool) })));
  return out;
}

function ofPresence(d: Desk, t: Words): Act[] {
  if (d.agent?.status === "ready") {
    return [{ name: t("presence.toNotReady"), run: () => void setStatus("not_ready") }, ...d.pauses.map((p) => ({ name: `${t("presence.toNotReady")}: ${p.name}`, run: () => void setStatus("not_ready", p.id) }))];
  }
  return [{ name: t("presence.toReady"), run: () => void setStatus("ready") }];
}

function ofPlaces(d: Desk, t: Words): Act[] {
  return [
    ...sorted(d).map(({ head: h }) => ({ name: t("palette.go", { name: nameOf(h.contact) }), run: () => openTalk(h.id) })),
    { name: t("palette.go", { name: t("home") }), run: () => openTab(home) },
    { name: t("palette.go", { name: t("talks") }), run: () => openTab(talksTab) },
    { name: t("find"), run: openFind },
  ];
}

function ofLook(t: Words): Act[] {
  const themes = (["light", "dark", "system"] as const).map((theme) => ({ name: t("palette.theme", { name: t(`theme.${theme}`) }), run: () => setLook({ theme }) }));
  return [...themes, { name: t("keys.title"), run: () => set((d) => ({ ...d, showing: "shortcuts" })) }, { name: t("sessions"), run: () => set((d) => ({ ...d, showing: "sessions" })) }, { name: t("signout"), run: () => void signOut() }];
}
