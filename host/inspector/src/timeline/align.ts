// Events that came and frames that went, beside each other.

import type { OutFrame, TraceEvent } from "../contract";

export interface Pair {
  came: TraceEvent | null;
  went: OutFrame | null;
}

/**
 * One row for each event, with what the client got for it; what is more than one frame, or came
 * from no event, has rows of its own. An event that was held back stands beside itself. Frames without a number (comments, `[DONE]`) belong to
 * the next one like them, else to what came last before them.
 */
export function align(events: readonly TraceEvent[], out: readonly OutFrame[]): Pair[] {
  const given = new Map<number, OutFrame[]>();
  const position = new Map<number, number>();
  events.forEach((event, index) => event.number > 0 && position.set(event.number, index));
  let last = -1;
  for (const frame of out) {
    const known = frame.event ? position.get(frame.event) : undefined;
    const index =
      known === undefined ? unnumbered(events, frame, last) : held(events, frame, last, known);
    last = Math.max(last, index);
    const list = given.get(index);
    if (list) list.push(frame);
    else given.set(index, [frame]);
  }
  const pairs: Pair[] = (given.get(-1) ?? []).map((went) => ({ came: null, went }));
  events.forEach((came, index) => {
    const [first = null, ...rest] = given.get(index) ?? [];
    pairs.push({ came, went: first }, ...rest.map((went) => ({ came: null, went })));
  });
  return pairs;
}

/** The event that the frame is, if it was held back until that at `until`; else `until`. */
function held(
  events: readonly TraceEvent[],
  frame: OutFrame,
  after: number,
  until: number,
): number {
  for (let index = Math.max(after + 1, until - MOST_HELD); index < until; index++) {
    const { raw, changes = [] } = events[index] as TraceEvent;
    if (raw === frame.raw && changes.some((change) => change.held)) return index;
  }
  return until;
}

/** So far back is looked for an event that was held. */
const MOST_HELD = 500;

function unnumbered(events: readonly TraceEvent[], frame: OutFrame, after: number): number {
  for (let index = after + 1; index < events.length; index++) {
    const event = events[index] as TraceEvent;
    if (event.at > frame.at) break;
    if (event.number === 0 && event.raw?.trim() === frame.raw.trim()) return index;
  }
  return Math.max(after, latest(events, frame.at) - 1);
}

/** How many of the items, which are in the order of their times, are not later than `at`. */
export function latest(items: readonly { at: number }[], at: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle] as { at: number }).at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
