// Raw events that came and went, on the same line where they belong together.

import { useEffect, useMemo, useRef } from "preact/hooks";
import { deed, payload } from "../exchange/stages";
import { oneLine } from "../exchange/frames";
import { offset } from "../format";
import { isObject, object, parseJson } from "../json";
import { useVirtual } from "../rows/virtual";
import type { Pair } from "./align";

const HEIGHT = 22;

interface Props {
  pairs: readonly Pair[];
  at: number;
  onMove(at: number): void;
}

export function Pairs({ pairs, at, onMove }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtual(pairs.length, HEIGHT, scroll);
  const current = useMemo(() => {
    const index = pairs.findLastIndex((pair) => time(pair) <= at);
    return Math.max(index, 0);
  }, [pairs, at]);
  useEffect(() => {
    if (pairs.length > 0) virtual.scrollToIndex(current, { align: "auto" });
  }, [current, pairs.length]);
  if (pairs.length === 0)
    return <p class="hint">It was no stream: the answer came and went at once.</p>;
  return (
    <div class="pairs">
      <div class="pair pair-head" aria-hidden="true">
        <span>#</span>
        <span>came</span>
        <span>event of the backend</span>
        <span>plugins</span>
        <span>went</span>
        <span>frame to the client</span>
      </div>
      <div class="pairs-scroll" ref={scroll} role="listbox" tabIndex={0} aria-label="Raw events">
        <div class="rows-all" style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const pair = pairs[index];
            if (!pair) return null;
            const later = time(pair) > at;
            return (
              <div
                key={index}
                class={`pair ${later ? "later" : ""}`}
                role="option"
                aria-selected={index === current && !later}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => onMove(time(pair))}
              >
                <PairLine pair={pair} before={beforeOf(pairs, index)} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface LineProps {
  pair: Pair;
  before: Pair;
}

function PairLine({ pair: { came, went }, before }: LineProps) {
  const changes = came?.changes ?? [];
  const same = came && went && came.raw === went.raw;
  const unwanted = came && !went && changes.length === 0 && isUsage(came.raw);
  return (
    <>
      <span class="num faint">{came ? came.number || "·" : ""}</span>
      <span class="num faint">{came && offset(came.at)}</span>
      <code class="clip" title={came?.raw?.slice(0, 2000)}>
        {came && oneLine(came.raw, before.came?.raw)}
      </code>
      <span class="clip" title={changes.map((one) => `${one.plugin} ${deed(one)}`).join("; ")}>
        {changes.length > 0 && <em class="tag">{changes.map(deed).join("; ")}</em>}
      </span>
      <span class="num faint">{went && offset(went.at)}</span>
      <code
        class={`clip ${same || unwanted ? "faint" : "different"}`}
        title={went?.raw.slice(0, 2000)}
      >
        {same ? "the same" : went && oneLine(went.raw, before.went?.raw)}
        {unwanted && "usage, which the client did not ask for"}
      </code>
    </>
  );
}

/** Whether an event says nothing but what the answer cost. */
function isUsage(raw: string | null): boolean {
  const { choices, usage } = object(parseJson(payload(raw ?? "")));
  return isObject(usage) && Array.isArray(choices) && choices.length === 0;
}

/** The event and the frame that were shown last above a row. */
function beforeOf(pairs: readonly Pair[], index: number): Pair {
  const before: Pair = { came: null, went: null };
  for (let above = index - 1; above >= Math.max(0, index - 50); above--) {
    before.came ??= pairs[above]?.came ?? null;
    before.went ??= pairs[above]?.went ?? null;
    if (before.came && before.went) break;
  }
  return before;
}

function time({ came, went }: Pair): number {
  return came?.at ?? went?.at ?? 0;
}
