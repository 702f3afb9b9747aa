import { ClipboardList } from "lucide-react";
import { useScript } from "../state/script.ts";
import { useDesk } from "../state/store.ts";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import { useWords } from "../words/words.ts";
import { ScriptForm } from "./ScriptForm.tsx";

/** The script while the conversation runs; the same answers stand in the dialog at the end. */
export function ScriptTool({ id }: { id: string }) {
  const t = useWords();
  const queue = useDesk((d) => d.talks[id]?.head.queue.id ?? "");
  const required = useDesk((d) => d.talks[id]?.head.script_required);
  const { script, load, again } = useScript(queue);
  if (load === "failed") return <Failed again={again} />;
  if (load === "loading") return <Loading />;
  if (!script) return <Empty icon={ClipboardList} title={t("script.none")} />;
  return (
    <>
      <p className="muted">{script.name}{required && ` · ${t("script.required")}`}</p>
      <ScriptForm id={id} script={script} />
    </>
  );
}
