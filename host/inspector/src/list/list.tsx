// The list of exchanges. It is as long as the log; what is on screen exists.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { go, openId, route } from "../route";
import { NothingHere } from "./empty";
import { selected } from "./select";
import { COLUMNS, ExchangeRow } from "./row";
import { inserted, items, loading, loadMore } from "./store";
import { useVirtual } from "../rows/virtual";

const LINE = 31;
const TWO_LINES = 48;

export function List() {
  const scroll = useRef<HTMLDivElement>(null);
  const compact = openId.value !== null;
  const all = items.value;
  const height = compact ? TWO_LINES : LINE;
  const virtual = useVirtual(all.length, height, scroll);
  const visible = virtual.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;

  useEffect(() => {
    if (last > all.length - 60) void loadMore();
  }, [last, all.length]);

  // What is read stays where it is when something comes in above it.
  const seen = useRef(inserted.value);
  useLayoutEffect(() => {
    const added = inserted.value - seen.current;
    seen.current = inserted.value;
    if (added > 0 && scroll.current && scroll.current.scrollTop > 0) {
      scroll.current.scrollTop += added * height;
    }
  }, [all]);

  // What is selected or open comes into view, once: the reader may scroll away from it.
  const wanted = openId.value ?? selected.value;
  const place = `${wanted} ${height}`;
  const shown = useRef("");
  useEffect(() => {
    if (wanted === null || shown.current === place) return;
    const index = all.findIndex((one) => one.id === wanted);
    if (index < 0) return;
    shown.current = place;
    virtual.scrollToIndex(index, { align: "auto" });
  }, [place, all]);

  if (all.length === 0 && !loading.value) return <NothingHere />;
  return (
    <div class={`list ${compact ? "compact" : ""}`}>
      {!compact && (
        <div class="x-columns list-head" aria-hidden="true">
          {COLUMNS.map((name) => (
            <span key={name}>{name}</span>
          ))}
        </div>
      )}
      <div
        class="list-scroll"
        ref={scroll}
        role="listbox"
        tabIndex={0}
        aria-label="Exchanges"
        aria-activedescendant={selected.value ? `x-${selected.value}` : undefined}
      >
        <div class="rows-all" style={{ height: `${virtual.getTotalSize()}px` }}>
          {visible.map(({ index, start, size }) => {
            const summary = all[index];
            if (!summary) return null;
            const current = summary.id === (openId.value ?? selected.value);
            return (
              <div
                key={summary.id}
                id={`x-${summary.id}`}
                class={`list-row ${current ? "current" : ""}`}
                role="option"
                aria-selected={current}
                style={{ transform: `translateY(${start}px)`, height: `${size}px` }}
                onClick={() => {
                  selected.value = summary.id;
                  go({ page: "exchanges", id: summary.id, view: route.value.view });
                }}
              >
                <ExchangeRow summary={summary} compact={compact} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
