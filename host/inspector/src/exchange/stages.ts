// A trace as six stages: the client's request, what plugins made of it, what went upstream, what
// came back, what plugins made of that, and what the client got.

import type { Attempt, Change, Given, Header, OutFrame, Trace } from "../contract";
import { parseFrame } from "../sse";

export interface RequestPatch {
  plugin: string;
  at: number;
  before: string | null;
  after: string | null;
  headers: string[];
}

export interface EventPatch {
  plugin: string;
  event: number;
  at: number;
  change: Change;
  /** The text of the event as the plugin got it, and what it gave for it. */
  before: string;
  after: string[] | null;
}

export interface AttemptStages {
  attempt: Attempt;
  requestPatches: RequestPatch[];
  eventPatches: EventPatch[];
  /** Whether the client's answer came from this attempt. */
  answered: boolean;
}

export function attemptStages(trace: Trace, attempt: Attempt): AttemptStages {
  return {
    attempt,
    requestPatches: requestPatches(trace, attempt),
    eventPatches: eventPatches(attempt),
    answered: attempt === trace.attempts.at(-1),
  };
}

function requestPatches(trace: Trace, attempt: Attempt): RequestPatch[] {
  let before = trace.client?.body ?? null;
  return attempt.patched.map(({ plugin, at, body, headers }) => {
    const after = body ?? before;
    const patch = { plugin, at, before, after, headers };
    before = after;
    return patch;
  });
}

/** Each plugin gets what the one nearer to the backend gave. */
function eventPatches({ events, received }: Attempt): EventPatch[] {
  const texts = new Map(events.map((event) => [event.number, payload(event.raw ?? "")]));
  // A whole answer goes through the plugins as event 1.
  if (received?.body != null) texts.set(1, received.body);
  const given = (one: Given) => ("data" in one ? one.data : (texts.get(one.event) ?? ""));
  const of = (number: number, changes: Change[] = []) => {
    let before = texts.get(number) ?? "";
    return changes.map((change): EventPatch => {
      const after = change.given?.map(given) ?? null;
      const patch = { plugin: change.plugin, event: number, at: change.at, change, before, after };
      if (after && after.length > 0) before = after.join("\n");
      return patch;
    });
  };
  return [
    ...of(1, received?.changes),
    ...events.flatMap((event) => of(event.number, event.changes)),
  ];
}

/** Whether a remark was made in a try. What was said before the first one belongs to it. */
export function isOf({ number }: Attempt): (remark: { attempt?: number }) => boolean {
  return ({ attempt = number }) => attempt === number || (attempt === 0 && number === 1);
}

/** The data of a frame, or the frame itself if it has none. */
export function payload(raw: string): string {
  return parseFrame(raw).data ?? raw;
}

/** Whether something else went on, and not only later. */
export function isChange({ held = 0, released = 0, dropped = 0, added = 0 }: Change): boolean {
  return dropped > 0 || added > 0 || (held === 0 && released === 0);
}

/** In words what a plugin did at an event: "held 1, added 2". */
export function deed(change: Change): string {
  const { held = 0, released = 0, dropped = 0, added = 0 } = change;
  const said = Object.entries({ held, released, dropped, added }).filter(([, n]) => n > 0);
  if (said.length === 0) return "changed";
  return said.map(([word, n]) => `${word} ${n}`).join(", ");
}

/** The frames of an attempt's answer, as the backend sent them. */
export function framesIn(attempt: Attempt): string[] {
  return attempt.events.map((event) => event.raw ?? "");
}

export function framesOut(out: readonly OutFrame[]): string[] {
  return out.map((frame) => frame.raw);
}

/** Headers of the second list that the first lacks or has otherwise, and those that are gone. */
export function headerChanges(
  before: Header[],
  after: Header[],
): { name: string; mark: "+" | "-" }[] {
  const text = ([name, value]: Header) => `${name.toLowerCase()}: ${value}`;
  const had = new Set(before.map(text));
  const has = new Set(after.map(text));
  return [
    ...after
      .filter((one) => !had.has(text(one)))
      .map((one) => ({ name: text(one), mark: "+" as const })),
    ...before
      .filter((one) => !has.has(text(one)))
      .map((one) => ({ name: text(one), mark: "-" as const })),
  ];
}
