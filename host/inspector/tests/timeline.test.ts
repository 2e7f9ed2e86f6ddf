import { expect, test } from "vitest";
import type { OutFrame, TraceEvent } from "../src/contract";
import { align, latest } from "../src/timeline/align";
import { gaps } from "../src/timeline/gaps";
import { step } from "../src/timeline/scene";

const came = (number: number, at: number, raw = `e${number}`): TraceEvent => ({ at, number, raw });
const went = (at: number, raw: string, event: number | null): OutFrame => ({ at, raw, event });
const shown = (events: TraceEvent[], out: OutFrame[]) =>
  align(events, out).map((pair) => [pair.came?.raw ?? null, pair.went?.raw ?? null]);

test("what the client got stands beside the event that it came with", () => {
  const events = [came(1, 0.1), came(2, 0.2), came(3, 0.3)];
  const out = [went(0.1, "e1", 1), went(0.3, "x", 3), went(0.3, "y", 3)];
  expect(shown(events, out)).toEqual([
    ["e1", "e1"],
    ["e2", null],
    ["e3", "x"],
    [null, "y"],
  ]);
});

test("frames without a number find those like them", () => {
  const events = [came(0, 0.1, ": ping"), came(1, 0.2), came(0, 0.3, "data: [DONE]")];
  const out = [
    went(0.1, ": ping", null),
    went(0.2, "e1", 1),
    went(0.3, "extra", null),
    went(0.3, "data: [DONE]", 0),
  ];
  expect(shown(events, out)).toEqual([
    [": ping", ": ping"],
    ["e1", "e1"],
    ["data: [DONE]", "extra"],
    [null, "data: [DONE]"],
  ]);
});

test("an event that was held back and went on as it came stands beside itself", () => {
  const held = { at: 0.1, plugin: "p", held: 1 };
  const released = { at: 0.4, plugin: "p", released: 2, added: 1 };
  const events = [
    { ...came(1, 0.1), changes: [held] },
    { ...came(2, 0.2), changes: [held] },
    came(3, 0.3),
    { ...came(4, 0.4), changes: [released] },
  ];
  const out = [went(0.3, "e3", 3), went(0.4, "e2", 4), went(0.4, "new", 4), went(0.4, "e4", 4)];
  expect(shown(events, [went(0.4, "e1", 4), went(0.4, "e2", 4), went(0.4, "new", 4)])).toEqual([
    ["e1", "e1"],
    ["e2", "e2"],
    ["e3", null],
    ["e4", "new"],
  ]);
  // What has overtaken it stays before it.
  expect(shown(events, out)).toEqual([
    ["e1", null],
    ["e2", null],
    ["e3", "e3"],
    ["e4", "e2"],
    [null, "new"],
    [null, "e4"],
  ]);
});

test("what the proxy says by itself comes before everything", () => {
  expect(shown([came(1, 0.5)], [went(0.1, ": hello", null), went(0.5, "e1", 1)])).toEqual([
    [null, ": hello"],
    ["e1", "e1"],
  ]);
});

test("items up to a time are counted", () => {
  const items = [0.1, 0.2, 0.2, 0.9].map((at) => ({ at }));
  expect([0, 0.1, 0.2, 0.5, 2].map((at) => latest(items, at))).toEqual([0, 1, 3, 3, 4]);
});

test("only unusual pauses are gaps", () => {
  const even = Array.from({ length: 50 }, (_, n) => 0.5 + n * 0.03);
  const times = [...even, 4.0, 4.03];
  expect(gaps(times, 0).map((gap) => Math.round((gap.until - gap.from) * 100) / 100)).toEqual([
    0.5, 2.03,
  ]);
  expect(gaps([], 0)).toEqual([]);
});

test("the cursor goes from moment to moment, also from between them", () => {
  const moments = [0, 1, 2, 3];
  expect(step(moments, 1, 1)).toBe(2);
  expect(step(moments, 1, -1)).toBe(0);
  expect(step(moments, 1.5, -1)).toBe(1);
  expect(step(moments, 1.5, 1)).toBe(2);
  expect(step(moments, 0, -1)).toBe(0);
  expect(step(moments, 3, 10)).toBe(3);
  expect(step(moments, 9, -1)).toBe(3);
});
