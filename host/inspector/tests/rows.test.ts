import { expect, test } from "vitest";
import { diffBodies, diffJson, equal } from "../src/rows/diff";
import { fold } from "../src/rows/fold";
import { printJson, printText } from "../src/rows/print";
import type { Row } from "../src/rows/row";
import type { Json } from "../src/json";

const text = (row: Row) =>
  row.mark + "  ".repeat(row.depth) + row.segments.map(([t]) => t).join("");
const diff = (a: Json, b: Json) =>
  diffJson(a, b, 80)
    .filter((row) => row.mark !== " ")
    .map(text);

test("JSON is printed with its blocks, and strings with their line breaks", () => {
  const rows = printJson({ a: [1, true, null], b: "one\ntwo", c: {} }, 80);
  expect(rows.map(text)).toEqual([
    " {",
    '   "a": [',
    "     1,",
    "     true,",
    "     null",
    "   ],",
    '   "b": "one',
    '     two",',
    '   "c": {}',
    " }",
  ]);
  expect(rows[0]?.span).toBe(9);
  expect(rows[1]?.span).toBe(4);
});

test("no row is longer than it may be, and nothing of a text is lost", () => {
  const words = "lorem ipsum dolor sit amet ".repeat(50) + "x".repeat(500) + "\n\nend";
  for (const columns of [30, 80, 200]) {
    const rows = printJson([words], columns);
    expect(Math.max(...rows.map((row) => text(row).length))).toBeLessThanOrEqual(columns + 4);
    const inside = rows.slice(1, -1).flatMap((row) => row.segments.map(([t]) => t));
    expect(inside.join("")).toBe(`"${words.replaceAll("\n", "")}"`);
  }
});

test("characters that hide or turn text around are made visible", () => {
  const [row] = printText("a\u202eb\u0007c\td", 80);
  expect(row?.segments[0]?.[0]).toBe("a\\u202eb\\u0007c\td");
});

test("members are compared by name, wherever they stand", () => {
  expect(diff({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
  expect(equal({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
  expect(diff({ a: 1, gone: 2 }, { a: 3, come: 4 })).toEqual([
    '-  "a": 1,',
    '+  "a": 3,',
    '-  "gone": 2,',
    '+  "come": 4,',
  ]);
});

test("an item that was put in does not make those behind it look changed", () => {
  const messages = [
    { role: "user", content: "a" },
    { role: "user", content: "b" },
  ];
  const more = [{ role: "system", content: "s" }, ...messages];
  expect(diff(messages, more)).toEqual([
    "+  {",
    '+    "role": "system",',
    '+    "content": "s"',
    "+  },",
  ]);
});

test("an item that was edited is compared with itself", () => {
  const before = [
    { role: "system", content: "Be careful and brief, please." },
    { role: "user", content: "b" },
  ];
  const after = [
    { role: "system", content: "Be careful and kind, please." },
    { role: "user", content: "b" },
  ];
  const rows = diffJson(before, after, 80).filter((row) => row.mark !== " ");
  expect(rows).toHaveLength(1);
  expect(rows[0]?.mark).toBe("~");
  expect(rows[0]?.segments.filter(([, style]) => style === "i").map(([t]) => t)).toEqual(["kind"]);
  expect(rows[0]?.segments.filter(([, style]) => style === "d").map(([t]) => t)).toEqual(["brief"]);
});

test("bodies that are no JSON are compared line by line", () => {
  const { rows, same } = diffBodies("a\nb\n", "a\nc\n", 80);
  expect(same).toBe(false);
  expect(rows.map(text)).toEqual([" a", "-b", "+c"]);
  expect(diffBodies('{"a": 1}', '{"a":1}', 80).same).toBe(true);
});

test("a megabyte with a small change is compared in little time", () => {
  const messages = Array.from({ length: 400 }, (_, n) => ({
    role: n % 2 ? "assistant" : "user",
    content: `${n} ${"some words of a long conversation ".repeat(75)}`,
  }));
  const before = JSON.stringify({ model: "a", messages });
  const changed = messages.map((message, n) =>
    n === 200 ? { ...message, content: `!${message.content}` } : message,
  );
  const after = JSON.stringify({ model: "b", messages: changed });
  expect(before.length).toBeGreaterThan(1_000_000);
  const began = performance.now();
  const { rows } = diffBodies(before, after, 110);
  expect(performance.now() - began).toBeLessThan(3000);
  expect(rows.filter((row) => row.mark !== " ").length).toBeLessThan(8);
});

test("texts without anything in common replace each other, whatever their size", () => {
  const long = (seed: number) =>
    Array.from({ length: 30_000 }, (_, n) => (n * seed) % 9973).join(" ");
  const began = performance.now();
  const rows = diffJson({ a: long(7) }, { a: long(13) }, 100);
  expect(performance.now() - began).toBeLessThan(5000);
  expect(rows.some((row) => row.mark === "-")).toBe(true);
  expect(rows.some((row) => row.mark === "+")).toBe(true);
});

test("stretches without a change are folded, and what leads to a change stays", () => {
  const list = Array.from({ length: 100 }, (_, n) => n);
  const rows = diffJson(
    { deep: { list } },
    { deep: { list: list.map((n) => (n === 50 ? -1 : n)) } },
    80,
  );
  const none = { closed: new Set<number>(), opened: new Set<number>(), changesOnly: true };
  const shown = fold(rows, none);
  expect(
    shown.map((one) => (one.kind === "gap" ? one.count : text(one.row).trim())).slice(0, 4),
  ).toEqual(["{", '"deep": {', '"list": [', 47]);
  expect(shown.length).toBeLessThan(15);
  const gap = shown.find((one) => one.kind === "gap");
  const opened = fold(rows, { ...none, opened: new Set([gap?.kind === "gap" ? gap.from : 0]) });
  expect(opened.length).toBe(shown.length + 46);
});

test("a block that is closed hides what is in it", () => {
  const rows = printJson({ a: [1, 2], b: 3 }, 80);
  const shown = fold(rows, { closed: new Set([1]), opened: new Set(), changesOnly: false });
  expect(shown.map((one) => (one.kind === "row" ? text(one.row).trim() : ""))).toEqual([
    "{",
    '"a": [',
    '"b": 3',
    "}",
  ]);
});
