// A long list of lines of which one is looked at: by mouse, or with the arrow keys.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { useVirtual } from "../rows/virtual";

const HEIGHT = 23;
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 };

interface Props<T> {
  items: readonly T[];
  label: string;
  /** The cells of a line. */
  line(item: T, index: number): ComponentChildren;
  /** What is shown below the list of the one that is chosen. */
  detail(item: T): ComponentChildren;
}

export function PickList<T>({ items, label, line, detail }: Props<T>) {
  const scroll = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState(0);
  const virtual = useVirtual(items.length, HEIGHT, scroll);
  const chosen = Math.min(wanted, items.length - 1);
  const item = items[chosen];
  return (
    <div class="frames">
      <div
        class="frames-scroll"
        ref={scroll}
        role="listbox"
        aria-label={label}
        tabIndex={0}
        onKeyDown={(event) => {
          const step = STEPS[event.key];
          if (step === undefined) return;
          event.preventDefault();
          const to = Math.min(Math.max(chosen + step, 0), items.length - 1);
          setWanted(to);
          virtual.scrollToIndex(to, { align: "auto" });
        }}
      >
        <div class="rows-all" style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const one = items[index];
            return (
              one !== undefined && (
                <div
                  key={index}
                  class="frame-line"
                  role="option"
                  aria-selected={index === chosen}
                  style={{ transform: `translateY(${start}px)` }}
                  onClick={() => setWanted(index)}
                >
                  {line(one, index)}
                </div>
              )
            );
          })}
        </div>
      </div>
      {item !== undefined && detail(item)}
    </div>
  );
}
