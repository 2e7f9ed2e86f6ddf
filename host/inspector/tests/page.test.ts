import { expect, test } from "vitest";
import type { Series, Summary, Trace } from "../src/contract";
import { attemptStages, deed, isChange } from "../src/exchange/stages";
import { beginning, bytes, clip, count, offset, percent, seconds } from "../src/format";
import { filterOf, matches } from "../src/list/match";
import { merge } from "../src/list/store";
import { byDeployment, place, stretch } from "../src/overview/stretches";
import { busiest, lines, middle, total } from "../src/overview/sums";
import { parse, print } from "../src/route";
import { FrameReader, parseFrame } from "../src/sse";

test("numbers are written as a person reads them", () => {
  expect([0, 0.00002, 0.0023, 0.31, 1.234, 42.04, 75, 7300, null].map(seconds)).toEqual([
    "0 s",
    "20 µs",
    "2.3 ms",
    "310 ms",
    "1.23 s",
    "42.0 s",
    "1 m 15 s",
    "2 h 1 m",
    "–",
  ]);
  expect([12, 1234, 45_678, 2_500_000, null].map(bytes)).toEqual([
    "12 B",
    "1.2 KB",
    "46 KB",
    "2.5 MB",
    "–",
  ]);
  expect([7, 12_345, 123_456, 2e6].map(count)).toEqual(["7", "12.3k", "123k", "2M"]);
  expect(offset(0.1234)).toBe("+0.123");
  expect(percent(0.891)).toBe("89 %");
  expect(clip("a\n\nb   c", 4)).toBe("a b…");
  expect(beginning("just so", 6)).toBe("just so");
  expect(beginning("one two three", 10)).toBe("one two");
  expect(beginning("x".repeat(30), 10)).toBe("x".repeat(10));
  expect(beginning("a\nb\nc\nd", 10, 2)).toBe("a\nb");
  expect(beginning("a\nb\nc\nd", 10, 4)).toBe("a\nb\nc\nd");
});

test("cool-downs stand where they were in the time that is shown", () => {
  const hour = { since: 1000, until: 2000 };
  expect(place({ since: 1250, until: 1500 }, hour)).toEqual({ x: "25%", width: "25%" });
  expect(place({ since: 0, until: 1100 }, hour)).toEqual({ x: "0%", width: "10%" });
  expect(place({ since: 1900, until: 9000 }, hour)).toEqual({ x: "90%", width: "10%" });
  expect(place({ since: 0, until: 1000 }, hour)).toBeNull();
  // A moment can be seen, also the last one.
  expect(place({ since: 1999.9, until: 2000 }, hour)).toEqual({ x: "99.85%", width: "0.15%" });
  const all = [
    { deployment: "b#1", since: 900, until: 1100, now: false },
    { deployment: "a#1", since: 1200, until: 1300, now: false },
    { deployment: "b#1", since: 1990, until: 2050, now: true },
  ];
  expect(stretch(all, hour)).toBe(210);
  expect(byDeployment(all).map(([name, parts]) => [name, parts.length])).toEqual([
    ["a#1", 1],
    ["b#1", 2],
  ]);
});

test("a place in the page survives its way through the URL", () => {
  for (const hash of [
    "#/exchanges",
    "#/exchanges?model=a%2Fb&q=oslo+%26+co",
    "#/exchanges/a%2Fb%3F/timeline?attempt=2",
    "#/overview?range=900",
  ]) {
    expect(print(parse(hash))).toBe(hash);
  }
  expect(parse("#/exchanges/x/nonsense").view).toBe("stages");
  expect(parse("#/exchanges/%E0%A4%A/stages").id).toBe("%E0%A4%A");
});

test("frames are found however a stream is cut", () => {
  const stream = 'event: summary\r\ndata: {"a":1}\r\n\r\n: comment\n\ndata: x\ndata: y\n\n';
  for (let cut = 0; cut <= stream.length; cut++) {
    const reader = new FrameReader();
    const found = [...reader.push(stream.slice(0, cut)), ...reader.push(stream.slice(cut))];
    expect(found).toEqual([
      { event: "summary", data: '{"a":1}' },
      { event: "message", data: "x\ny" },
    ]);
  }
  expect(parseFrame(": only a comment\n\n")).toEqual({ event: "message", data: null });
});

const summary = (id: string, more: Partial<Summary> = {}): Summary => ({
  id,
  started: `2026-11-22T18:00:0${id}Z`,
  model: "m",
  path: "/v1/chat/completions",
  streaming: true,
  state: "running",
  ...more,
});

test("live summaries replace what is known and put the new on top", () => {
  const list = [summary("2"), summary("1")];
  const live = [
    summary("1", { state: "success" }),
    summary("3"),
    summary("4"),
    summary("5", { model: "other" }),
  ];
  const changed = new Map(live.map((one) => [one.id, one]));
  const merged = merge(list, changed, (one) => one.model === "m");
  expect(merged.list.map((one) => one.id)).toEqual(["4", "3", "2", "1"]);
  expect(merged.list[3]?.state).toBe("success");
  expect(merged.added).toBe(2);
  const gone = merge(
    list,
    new Map([["2", summary("2", { model: "x" })]]),
    (one) => one.model === "m",
  );
  expect(gone.list.map((one) => one.id)).toEqual(["1"]);
});

test("a filter is what the URL says of it", () => {
  const filter = filterOf({ model: "m", plugin: "p", q: "", stage: "3" });
  expect(filter).toEqual({ model: "m", plugin: "p" });
  expect(matches(summary("1", { changed_by: ["p"] }), filter)).toBe(true);
  expect(matches(summary("1"), filter)).toBe(false);
});

test("each plugin's change is shown against what it was given", () => {
  const trace = {
    client: { body: "client" },
    attempts: [
      {
        number: 1,
        patched: [
          { at: 0, plugin: "a", body: "after a", headers: [] },
          { at: 0, plugin: "b", body: null, headers: ["-x"] },
          { at: 0, plugin: "c", body: "after c", headers: [] },
        ],
        events: [
          {
            at: 1,
            number: 1,
            raw: "data: raw\n\n",
            changes: [
              { at: 1, plugin: "c", held: 1, given: [] },
              {
                at: 1,
                plugin: "b",
                dropped: 1,
                added: 2,
                given: [{ name: null, data: "x" }, { event: 2 }],
              },
              { at: 1, plugin: "a" },
            ],
          },
          { at: 2, number: 2, raw: "data: y\n\n", changes: [] },
        ],
      },
    ],
  } as unknown as Trace;
  const attempt = trace.attempts[0]!;
  const { requestPatches, eventPatches } = attemptStages(trace, attempt);
  expect(requestPatches.map((one) => [one.before, one.after])).toEqual([
    ["client", "after a"],
    ["after a", "after a"],
    ["after a", "after c"],
  ]);
  expect(eventPatches.map((one) => [one.before, one.after])).toEqual([
    ["raw", []],
    ["raw", ["x", "y"]],
    ["x\ny", null],
  ]);
  expect(eventPatches.map((one) => deed(one.change))).toEqual([
    "held 1",
    "dropped 1, added 2",
    "changed",
  ]);
  expect(eventPatches.map((one) => isChange(one.change))).toEqual([false, true, true]);
});

test("charts add up counts and keep times apart", () => {
  const series = (model: string, requests: number[], gap: (number | null)[]) =>
    ({
      model,
      deployment: `${model}#1`,
      requests,
      errors: [1, 0],
      gap_p50: gap,
    }) as unknown as Series;
  const all = [series("a", [1, 2], [null, null]), series("b", [5, 5], [0.1, null])];
  expect(total(all, "requests")).toEqual([6, 7]);
  expect(total(all, "errors")).toEqual([2, 0]);
  expect(lines({ series: all } as never, "gap_p50", 5)).toEqual([
    { label: "b#1", values: [0.1, null] },
  ]);
  expect(busiest(all).map((one) => one.model)).toEqual(["b", "a"]);
  expect(middle([3, null, 1, 2])).toBe(2);
  expect(middle([null])).toBeNull();
});
