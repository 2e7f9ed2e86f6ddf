// Frames of a stream, one on a line, with the pause before each; the one that is chosen in full.

import { useMemo, useRef, useState } from "preact/hooks";
import { offset, seconds } from "../format";
import { BodyView } from "../rows/body";
import { useVirtual } from "../rows/virtual";
import { payload } from "./stages";

const HEIGHT = 23;
/** Of a frame's text, so much is on its line. */
const SHOWN = 400;

export interface ListedFrame {
  at: number;
  raw: string | null;
  number: number;
}

export function Frames({ frames, label }: { frames: readonly ListedFrame[]; label: string }) {
  const scroll = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState(0);
  const virtual = useVirtual(frames.length, HEIGHT, scroll);
  const frame = frames[Math.min(chosen, frames.length - 1)];
  const text = useMemo(() => (frame ? payload(frame.raw ?? "") : ""), [frame]);
  const choose = (to: number) => {
    const index = Math.min(Math.max(to, 0), frames.length - 1);
    setChosen(index);
    virtual.scrollToIndex(index, { align: "auto" });
  };
  return (
    <div class="frames">
      <div
        class="frames-scroll"
        ref={scroll}
        role="listbox"
        aria-label={label}
        tabIndex={0}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          choose(chosen + step);
        }}
      >
        <div class="rows-all" style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const one = frames[index];
            if (!one) return null;
            const gap = one.at - (frames[index - 1]?.at ?? one.at);
            return (
              <div
                key={index}
                class="frame-line"
                role="option"
                aria-selected={index === chosen}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => setChosen(index)}
              >
                <span class="num faint">{one.number || "·"}</span>
                <span class="num">{offset(one.at)}</span>
                <span class={`num ${gap > 0.5 ? "warn-text" : "faint"}`}>
                  {gap > 0 ? seconds(gap) : ""}
                </span>
                <code class="clip">{oneLine(one.raw, frames[index - 1]?.raw)}</code>
              </div>
            );
          })}
        </div>
      </div>
      {frame && (
        <BodyView text={text} label={`event ${frame.number}`}>
          <b>{frame.number ? `event ${frame.number}` : "no event"}</b>
        </BodyView>
      )}
    </div>
  );
}

/** A frame on one line. What it has in common with the beginning of the one before is left out. */
export function oneLine(raw: string | null, before: string | null = ""): string {
  if (raw === null) return "not in the log";
  let common = 0;
  while (common < raw.length && raw[common] === before?.[common]) common++;
  const cut = Math.max(...[",", "{", "["].map((mark) => raw.lastIndexOf(mark, common - 1)));
  const start = common > 30 && cut > 12 ? cut + 1 : 0;
  const text = raw
    .slice(start, start + SHOWN)
    .trim()
    .replace(/\s*\n\s*/g, " ⏎ ");
  return start > 0 ? `⋯ ${text}` : text;
}
