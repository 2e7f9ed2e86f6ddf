// A trace as six stages: the client's request, what plugins made of it, what went upstream, what
// came back, what plugins made of that, and what the client got.

import type { Attempt, Change, Header, OutFrame, Trace, TraceEvent } from "../contract";
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
    eventPatches: attempt.events.flatMap(eventPatches),
    answered: attempt === trace.attempts.at(-1),
  };
}

function requestPatches(trace: Trace, attempt: Attempt): RequestPatch[] {
  let before = trace.client.body ?? null;
  return attempt.patched.map(({ plugin, at, body, headers }) => {
    const after = body ?? before;
    const patch = { plugin, at, before, after, headers };
    before = after;
    return patch;
  });
}

/** Each plugin gets what the one nearer to the backend gave. */
function eventPatches(event: TraceEvent): EventPatch[] {
  let before = payload(event.raw);
  return (event.changes ?? []).map((change) => {
    const after = change.given ?? null;
    const patch = {
      plugin: change.plugin,
      event: event.number,
      at: change.at,
      change,
      before,
      after,
    };
    if (after && after.length > 0) before = after.join("\n");
    return patch;
  });
}

/** The data of a frame, or the frame itself if it has none. */
export function payload(raw: string): string {
  return parseFrame(raw).data ?? raw;
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
  return attempt.events.map((event) => event.raw);
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
