import { MessagesSquare } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, type PointerEvent, useState } from "react";
import { read, write } from "../state/keep.ts";
import { useDesk } from "../state/store.ts";
import { Empty } from "../ui/States.tsx";
import { useWords } from "../words/words.ts";
import { CloseDialog } from "./CloseDialog.tsx";
import { Offers } from "./Offers.tsx";
import { TalkList } from "./TalkList.tsx";
import { Thread } from "./Thread.tsx";
import { Tools } from "./Tools.tsx";
import { Waiting } from "./Waiting.tsx";
import { TransferDialog } from "./TransferDialog.tsx";

const widths = { list: { first: 290, least: 220, most: 420 }, tool: { first: 330, least: 260, most: 520 } };
type Column = keyof typeof widths;

/** Three columns: one's conversations, the open one in the middle, what belongs to it on the right. */
export function Talks() {
  const t = useWords();
  const open = useDesk((d) => (d.open && d.talks[d.open] ? d.open : null));
  const tool = useDesk((d) => (d.open ? (d.tools[d.open] ?? "") : ""));
  const closing = useDesk((d) => d.closing);
  const transferring = useDesk((d) => d.transferring);
  const [width, setWidth] = useState(() => read("pronto.columns", { list: widths.list.first, tool: widths.tool.first }));
  const size = (column: Column, to: number): void => {
    const { least, most } = widths[column];
    const next = { ...width, [column]: Math.round(Math.min(most, Math.max(least, to))) };
    setWidth(next);
    write("pronto.columns", next);
  };
  const style = { "--list": `${width.list}px`, "--tool": `${width.tool}px` } as CSSProperties;
  return (
    <div className={`talks${open ? " has-open" : ""}${tool ? " has-tool" : ""}`} style={style}>
      <h1 className="hidden">{t("talks")}</h1>
      <div className="talks-left">
        <Offers />
        <TalkList />
        <Waiting />
      </div>
      <Edge column="list" width={width.list} size={size} />
      {open ? <Thread key={`thread-${open}`} id={open} /> : <div className="thread none"><Empty icon={MessagesSquare} title={t("talks.none")}>{t("talks.none.text")}</Empty></div>}
      {open && tool && <Edge column="tool" width={width.tool} size={size} />}
      {open && <Tools key={`tools-${open}`} id={open} />}
      {closing && <CloseDialog key={`close-${closing}`} id={closing} />}
      {transferring && <TransferDialog key={`transfer-${transferring}`} id={transferring} />}
    </div>
  );
}

/** The edge between two columns: by pointer, or with the arrow keys. */
function Edge({ column, width, size }: { column: Column; width: number; size: (c: Column, to: number) => void }) {
  const t = useWords();
  const sign = column === "list" ? 1 : -1;
  const down = (e: PointerEvent<HTMLDivElement>): void => {
    const from = e.clientX;
    const edge = e.currentTarget;
    edge.setPointerCapture(e.pointerId);
    edge.onpointermove = (m) => size(column, width + sign * (m.clientX - from));
    edge.onpointerup = () => (edge.onpointermove = null);
  };
  const keys = (e: KeyboardEvent): void => {
    const step = { ArrowLeft: -16, ArrowRight: 16 }[e.key];
    if (step) size(column, width + sign * step);
  };
  return (
    <div
      className={`edge ${column}`} role="separator" aria-orientation="vertical" aria-label={t(`edge.${column}`)} tabIndex={0}
      aria-valuenow={width} aria-valuemin={widths[column].least} aria-valuemax={widths[column].most} onPointerDown={down} onKeyDown={keys}
    />
  );
}
