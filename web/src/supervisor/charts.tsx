import type { ReactNode } from "react";
import type { QueueInterval } from "../wire/protocol.ts";

const tall = 100;

interface Chart {
  title: string;
  items: QueueInterval[];
  /** How many intervals the width has: those to come are empty. */
  steps: number;
  /** The interval that is looked at. */
  at: number | null;
}

/** The smallest round number that holds all: the top of a chart does not move with every arrival. */
export function roundUp(n: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return Math.max(4, [1, 2, 4, 5, 10].map((x) => x * ten).find((x) => x >= n) ?? n);
}

function Plot({ title, steps, at, top, children }: Omit<Chart, "items"> & { top: string; children: ReactNode }) {
  return (
    <figure className="chart">
      <figcaption><span>{title}</span><span className="muted tabular">{top}</span></figcaption>
      <svg className="chart-plot" viewBox={`0 0 ${steps} ${tall}`} preserveAspectRatio="none" aria-hidden>
        {at !== null && <rect className="chart-at" x={at} y={0} width={1} height={tall} />}
        {Array.from({ length: 7 }, (_, i) => <line key={i} className="chart-hour" x1={((i + 1) * steps) / 8} x2={((i + 1) * steps) / 8} y1={0} y2={tall} />)}
        {children}
        <line className="chart-base" x1={0} x2={steps} y1={tall} y2={tall} />
      </svg>
    </figure>
  );
}

export function Bars({ value, ...c }: Chart & { value: (i: QueueInterval) => number }) {
  const top = roundUp(Math.max(...c.items.map(value)));
  return (
    <Plot {...c} top={String(top)}>
      {c.items.map((x, i) => value(x) > 0 && <rect key={x.start} className={`chart-bar${i === c.at ? " on" : ""}`} x={i + 0.12} width={0.76} y={tall - (value(x) / top) * tall} height={(value(x) / top) * tall} />)}
    </Plot>
  );
}

/** A stepped line over its soft area: a count that holds for a while. */
export function Line({ value, ...c }: Chart & { value: (i: QueueInterval) => number }) {
  const top = roundUp(Math.max(...c.items.map(value)));
  const y = (x: QueueInterval): number => tall - (value(x) / top) * tall;
  const line = c.items.map((x, i) => `${i ? "L" : "M"}${i} ${y(x)}H${i + 1}`).join("");
  return (
    <Plot {...c} top={String(top)}>
      <path className="chart-area" d={`${line}V${tall}H0Z`} />
      <path className="chart-line" d={line} />
    </Plot>
  );
}

/** Percents, with the limit below which an alert is raised. Where nothing was judged there is no bar. */
export function Level({ value, limit, ...c }: Chart & { value: (i: QueueInterval) => number | null; limit: number }) {
  return (
    <Plot {...c} top="100%">
      {c.items.map((x, i) => {
        const v = value(x);
        return v !== null && <rect key={x.start} className={`chart-level${v < limit ? " bad" : ""}${i === c.at ? " on" : ""}`} x={i + 0.06} width={0.88} y={tall - Math.max(2, v)} height={Math.max(2, v)} />;
      })}
      {limit > 0 && <line className="chart-limit" x1={0} x2={c.steps} y1={tall - limit} y2={tall - limit} />}
    </Plot>
  );
}
