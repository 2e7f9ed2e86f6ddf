// What the time axis shows of an exchange.

import type { Trace } from "../contract";
import { type Gap, gaps } from "./gaps";

export interface Mark {
  at: number;
  label: string;
  tone: "plain" | "good" | "bad";
}

export interface Scene {
  /** Seconds. */
  end: number;
  came: number[];
  went: number[];
  gaps: Gap[];
  marks: Mark[];
  /** All moments at which something happened, in order and each once. */
  moments: number[];
}

export function scene(trace: Trace): Scene {
  const came = trace.attempts.flatMap((attempt) => [
    ...attempt.events.map((event) => event.at),
    ...(attempt.received ? [attempt.received.at] : []),
  ]);
  const went = [
    ...trace.out.map((frame) => frame.at),
    ...(trace.delivered ? [trace.delivered.at] : []),
  ];
  const marks = trace.attempts.flatMap((attempt): Mark[] => {
    const sent = attempt.sent?.at ?? attempt.at;
    const found: Mark[] = [{ at: sent, label: `try ${attempt.number}`, tone: "plain" }];
    if (attempt.head && attempt.head.status >= 400) {
      found.push({ at: attempt.head.at, label: String(attempt.head.status), tone: "bad" });
    } else if (attempt.failed) {
      found.push({ at: attempt.failed.at, label: "failed", tone: "bad" });
    }
    if (attempt.committed != null)
      found.push({ at: attempt.committed, label: "commit", tone: "good" });
    return found;
  });
  const last = Math.max(0, ...tail(came), ...tail(went), ...marks.map((mark) => mark.at));
  return {
    end: Math.max(trace.summary.total ?? 0, last, 0.001),
    came,
    went,
    gaps: gaps(came, marks[0]?.at ?? 0),
    marks,
    moments: [...new Set([0, ...came, ...went, ...marks.map((mark) => mark.at)])].sort(
      (a, b) => a - b,
    ),
  };
}

function tail(times: readonly number[]): number[] {
  return times.slice(-1);
}

/** The moment `by` moments after `at`, or before it; the last or first one if there are fewer. */
export function step(moments: readonly number[], at: number, by: number): number {
  const next = moments.findIndex((moment) => moment > at + 1e-9);
  const before = moments.findLastIndex((moment) => moment < at - 1e-9);
  const to = by > 0 ? (next < 0 ? moments.length : next) + by - 1 : before + by + 1;
  return moments[Math.min(Math.max(to, 0), moments.length - 1)] ?? 0;
}
