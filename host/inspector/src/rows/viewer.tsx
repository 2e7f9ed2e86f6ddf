// Rows on screen: the marks beside them, blocks that can be closed, stretches that are folded.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { plural } from "../format";
import { fold, type Shown } from "./fold";
import type { Row } from "./row";
import { useVirtual } from "./virtual";

const HEIGHT = 19;

const NOTHING = { closed: new Set<number>(), opened: new Set<number>() };

interface Props {
  rows: readonly Row[];
  label: string;
  changesOnly?: boolean;
}

export function Viewer({ rows, label, changesOnly = false }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  useEffect(() => {
    setClosed(new Set());
    setOpened(new Set());
  }, [rows, changesOnly]);
  const shown = useMemo(
    () => fold(rows, { closed, opened, changesOnly }),
    [rows, closed, opened, changesOnly],
  );
  const virtual = useVirtual(shown.length, HEIGHT, scroll);

  useEffect(() => {
    const first = changesOnly ? rows.findIndex((row) => row.mark !== " ") : -1;
    const place = fold(rows, { ...NOTHING, changesOnly }).findIndex(
      (one) => one.kind === "row" && one.index === first,
    );
    if (place > 0) virtual.scrollToIndex(place, { align: "center" });
  }, [rows, changesOnly]);

  const toggle = (item: Shown) => {
    if (item.kind === "gap") setOpened(new Set(opened).add(item.from));
    else setClosed(toggled(closed, item.index));
  };
  return (
    <div class="rows" ref={scroll} role="region" aria-label={label} tabIndex={0}>
      <div class="rows-all" style={{ height: `${virtual.getTotalSize()}px` }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const item = shown[index];
          return (
            item && (
              <div key={index} class="rows-at" style={{ transform: `translateY(${start}px)` }}>
                <Line item={item} onToggle={toggle} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

const MARKS = { " ": "same", "+": "added", "-": "removed", "~": "edited" } as const;

function Line({ item, onToggle }: { item: Shown; onToggle: (item: Shown) => void }) {
  if (item.kind === "gap") {
    return (
      <button class="rows-gap" onClick={() => onToggle(item)}>
        ⋯ {plural(item.count, "unchanged line")}
      </button>
    );
  }
  const { row, closed } = item;
  return (
    <div class={`row-line ${MARKS[row.mark]}`}>
      <span class="row-mark" aria-hidden={row.mark === " "}>
        {row.mark === "~" ? "±" : row.mark}
      </span>
      {row.span > 0 ? (
        <button
          class="row-fold"
          aria-expanded={!closed}
          aria-label={closed ? "Open" : "Close"}
          onClick={() => onToggle(item)}
        >
          {closed ? "▸" : "▾"}
        </button>
      ) : (
        <span class="row-fold" />
      )}
      <code style={{ paddingLeft: `${row.depth * 2}ch` }}>
        {row.segments.map(([text, style], number) => {
          if (style === "i") return <ins key={number}>{text}</ins>;
          if (style === "d") return <del key={number}>{text}</del>;
          return (
            <span key={number} class={`t-${style}`}>
              {text}
            </span>
          );
        })}
        {closed && <span class="t-f"> ⋯ {row.span - 1} more</span>}
      </code>
    </div>
  );
}

function toggled(set: ReadonlySet<number>, member: number): Set<number> {
  const next = new Set(set);
  if (!next.delete(member)) next.add(member);
  return next;
}
