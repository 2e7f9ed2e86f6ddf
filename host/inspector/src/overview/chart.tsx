// One chart: uPlot, with the colours of the page.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock, day } from "../format";
import { colour, dark } from "../theme";

export interface Line {
  label: string;
  values: (number | null)[];
  /** A colour of the style sheet. */
  tone: string;
  bars?: boolean;
  dashed?: boolean;
  /** What the legend says in place of `values`, where those are stacked. */
  shown?: number[];
}

interface Props {
  title: string;
  note?: string;
  times: number[];
  lines: Line[];
  format(value: number | null | undefined): string;
  /** Called with Unix seconds when a stretch was chosen. */
  onZoom(since: number, until: number): void;
}

const HEIGHT = 158;
/** Charts with the same key show the cursor at the same time. */
const sync = uPlot.sync("overview");

export function Chart({ title, note, times, lines, format, onZoom }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const isDark = dark.value;
  useEffect(() => {
    const element = box.current;
    if (!element || lines.length === 0) return;
    const plot = new uPlot(
      options(element.clientWidth, times, lines, format, onZoom),
      [times, ...lines.map(drawn)],
      element,
    );
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, lines, isDark]);
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b> {note && <span class="faint">{note}</span>}
      </figcaption>
      {lines.length === 0 ? <p class="hint">Nothing in this time.</p> : <div ref={box} />}
    </figure>
  );
}

function options(
  width: number,
  times: number[],
  lines: Line[],
  format: Props["format"],
  onZoom: Props["onZoom"],
): uPlot.Options {
  const faint = colour("--faint");
  const grid = { stroke: colour("--line"), width: 1 };
  const font = `11px ${colour("--sans")}`;
  return {
    width,
    height: HEIGHT,
    cursor: {
      sync: { key: sync.key },
      points: { size: 5 },
      drag: { x: true, y: false, setScale: false },
    },
    legend: { live: true },
    scales: { y: { range: (_, _low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [
      { stroke: faint, grid: { show: false }, ticks: grid, font, size: 28, values: dates(times) },
      {
        stroke: faint,
        grid,
        ticks: { show: false },
        font,
        size: 58,
        values: (_, values) => values.map((value) => format(value)),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: colour(line.tone),
        width: 1.5,
        fill: line.bars ? colour(line.tone) : undefined,
        dash: line.dashed ? [4, 3] : undefined,
        spanGaps: false,
        points: { show: !line.bars, size: 5, fill: colour(line.tone), filter: lonely(line.values) },
        paths: line.bars ? uPlot.paths.bars?.({ size: [0.7, 24], align: 0 }) : undefined,
        value: (_, value, _series, bucket) =>
          format(bucket == null ? null : (line.shown?.[bucket] ?? value)),
        class: line.dashed ? "unnamed" : undefined,
      })),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select;
          if (wide > 4) onZoom(plot.posToVal(left, "x"), plot.posToVal(left + wide, "x"));
        },
      ],
    },
  };
}

/** A bar of nothing is no bar. */
function drawn({ values, bars }: Line): (number | null)[] {
  return bars ? values.map((value) => value || null) : values;
}

/** Values without a neighbour, to which no line leads, are points. */
function lonely(values: (number | null)[]): () => number[] {
  const found = values.flatMap((value, bucket) => {
    return value != null && values[bucket - 1] == null && values[bucket + 1] == null
      ? [bucket]
      : [];
  });
  return () => found;
}

/** Hours and minutes, or days where they are what differs. */
function dates(times: number[]): (plot: uPlot, splits: number[]) => string[] {
  const long = (times.at(-1) ?? 0) - (times[0] ?? 0) > 2 * 86_400;
  return (_, splits) =>
    splits.map((time) => {
      const text = new Date(time * 1000).toISOString();
      return long ? day(text, new Date(0)) : clock(text).slice(0, 5);
    });
}
