import { ArrowRightLeft, ClipboardList, History, Info, type LucideIcon, MessageSquareText, StickyNote, UserRound, X } from "lucide-react";
import type { ComponentType } from "react";
import { useDesk } from "../state/store.ts";
import { askToTransfer, openTool } from "../state/tools.ts";
import type { Key } from "../words/catalogue.ts";
import { useWords } from "../words/words.ts";
import { CannedTool } from "./CannedTool.tsx";
import { ContactTool } from "./ContactTool.tsx";
import { FactsTool } from "./FactsTool.tsx";
import { HistoryTool } from "./HistoryTool.tsx";
import { NotesTool } from "./NotesTool.tsx";
import { ScriptTool } from "./ScriptTool.tsx";

const tools: { id: string; icon: LucideIcon; name: Key; panel: ComponentType<{ id: string }> }[] = [
  { id: "script", icon: ClipboardList, name: "tool.script", panel: ScriptTool },
  { id: "canned", icon: MessageSquareText, name: "tool.canned", panel: CannedTool },
  { id: "notes", icon: StickyNote, name: "tool.notes", panel: NotesTool },
  { id: "contact", icon: UserRound, name: "tool.contact", panel: ContactTool },
  { id: "history", icon: History, name: "tool.history", panel: HistoryTool },
  { id: "facts", icon: Info, name: "tool.facts", panel: FactsTool },
];

/** The rail with its names under the icons, and the panel of the tool that is open. */
export function Tools({ id }: { id: string }) {
  const t = useWords();
  const open = useDesk((d) => d.tools[id] ?? "");
  const pending = useDesk((d) => !!d.talks[id]?.head.transfer);
  const tool = tools.find((x) => x.id === open);
  return (
    <>
      {tool && (
        <aside className="tool-panel" aria-label={t(tool.name)}>
          <header className="tool-head"><h2>{t(tool.name)}</h2><button type="button" className="icon-button" aria-label={t("close")} onClick={() => openTool(id, tool.id)}><X size={16} /></button></header>
          <div className="tool-body"><tool.panel id={id} /></div>
        </aside>
      )}
      <nav className="rail" aria-label={t("tools")}>
        {tools.map((x) => (
          <button key={x.id} type="button" className="rail-button" aria-pressed={open === x.id} onClick={() => openTool(id, x.id)}><x.icon size={19} aria-hidden /><span>{t(x.name)}</span></button>
        ))}
        <button type="button" className="rail-button transfer" disabled={pending} onClick={() => askToTransfer(id)}><ArrowRightLeft size={19} aria-hidden /><span>{t("transfer.do")}</span></button>
      </nav>
    </>
  );
}
