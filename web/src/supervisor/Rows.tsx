import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";

const spare = 6; // rows drawn beyond each edge, so that a fast scroll shows no gap

/**
 * A grid of which only the rows in sight are in the page, however many there are. Arrow keys, Page, Home and End move,
 * Enter opens. `height` is that of a row in pixels.
 */
export function Rows<T>({ items, id, height, label, columns, head, draw, open }: {
  items: T[]; id: (x: T) => string; height: number; label: string; columns: number; head: ReactNode; draw: (x: T) => ReactNode; open: (x: T) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState("");
  const [view, setView] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const b = box.current!;
    const look = (): void => setView({ top: b.scrollTop, height: b.clientHeight });
    look();
    const sized = new ResizeObserver(look);
    sized.observe(b);
    return () => sized.disconnect();
  }, []);
  useEffect(() => { // a filter leaves fewer rows than were scrolled past
    const b = box.current!;
    if (b.scrollTop !== view.top) setView((v) => ({ ...v, top: b.scrollTop }));
  }, [items.length, view.top]);

  const first = Math.max(0, Math.floor(view.top / height) - spare);
  const shown = items.slice(first, first + Math.ceil(view.height / height) + 2 * spare);
  const index = at ? items.findIndex((x) => id(x) === at) : -1;
  const move = (to: number): void => {
    const next = Math.min(items.length - 1, Math.max(0, to));
    const b = box.current!;
    setAt(items[next] ? id(items[next]) : "");
    const top = next * height;
    const seen = b.clientHeight - height; // the head covers a row's height
    if (top < b.scrollTop) b.scrollTop = top;
    else if (top + height > b.scrollTop + seen) b.scrollTop = top + height - seen;
    setView({ top: b.scrollTop, height: b.clientHeight });
  };
  const keys = (e: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(view.height / height) - 2);
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page, Home: 0, End: items.length - 1 }[e.key];
    if (to !== undefined) { e.preventDefault(); move(to); }
    if (e.key === "Enter" && items[index]) { e.preventDefault(); open(items[index]); }
  };
  return (
    <div
      className="grid-rows" ref={box} role="grid" aria-label={label} aria-rowcount={items.length + 1} aria-colcount={columns} tabIndex={0}
      aria-activedescendant={index >= 0 ? `row-${at}` : undefined} onKeyDown={keys} onFocus={() => index < 0 && items[first] && setAt(id(items[Math.round(view.top / height)] ?? items[first]))}
      onScroll={(e) => setView({ top: e.currentTarget.scrollTop, height: e.currentTarget.clientHeight })}
    >
      <div className="grid-head" role="row" aria-rowindex={1}>{head}</div>
      <div className="grid-all" role="rowgroup" style={{ height: items.length * height }}>
        {shown.map((x, i) => (
          <div
            key={id(x)} id={`row-${id(x)}`} role="row" aria-rowindex={first + i + 2} className={`grid-row${id(x) === at ? " at" : ""}`} data-row={id(x)}
            style={{ height, transform: `translateY(${(first + i) * height}px)` }} onClick={() => { setAt(id(x)); open(x); }}
          >{draw(x)}</div>
        ))}
      </div>
    </div>
  );
}
