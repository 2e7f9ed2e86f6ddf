// What changed between two JSON values, as rows. Members are compared by their names, items of a
// list by what they are: one that was inserted does not make all that follow look changed.

import { diffArrays, diffLines, diffWordsWithSpace } from "diff";
import { isObject, type Json, type JsonObject, parseJson } from "../json";
import { brackets, keyLabel, printValue, scalar, visible } from "./print";
import { type Row, RowWriter, type Segment } from "./row";

/** Further apart than this, two lists or texts are shown as one replacing the other. */
const MOST_EDITS = 2000;
/** Up to this length texts are compared word by word, above it line by line. */
const WORDS = 20_000;

export interface Difference {
  rows: Row[];
  /** The values are equal, whatever their bytes. */
  same: boolean;
}

/** Compares two bodies: as JSON if both are, else line by line. */
export function diffBodies(before: string, after: string, columns: number): Difference {
  const old = parseJson(before);
  const now = parseJson(after);
  if (old === undefined || now === undefined) {
    return { rows: diffText(before, after, columns), same: before === after };
  }
  return { rows: diffJson(old, now, columns), same: equal(old, now) };
}

export function diffJson(before: Json, after: Json, columns: number): Row[] {
  const out = new RowWriter(columns);
  writeDiff(out, 0, [], before, after, "");
  return out.rows;
}

export function diffText(before: string, after: string, columns: number): Row[] {
  const out = new RowWriter(columns);
  const parts = diffLines(before, after, { maxEditLength: MOST_EDITS });
  const shown = parts ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  for (const { value, added, removed } of shown) {
    const mark = added ? "+" : removed ? "-" : " ";
    for (const line of value.replace(/\n$/, "").split("\n"))
      out.row(mark, 0, [[visible(line), "p"]]);
  }
  return out.rows;
}

export function equal(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i] as Json))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equal(a[name] as Json, b[name] as Json))
  );
}

function writeDiff(
  out: RowWriter,
  depth: number,
  label: Segment[],
  before: Json,
  after: Json,
  end: string,
): void {
  if (equal(before, after)) {
    printValue(out, " ", depth, label, after, end);
  } else if (isObject(before) && isObject(after)) {
    block(out, depth, label, after, end, () => members(out, depth + 1, before, after));
  } else if (Array.isArray(before) && Array.isArray(after)) {
    block(out, depth, label, after, end, () => items(out, depth + 1, before, after));
  } else if (typeof before === "string" && typeof after === "string") {
    texts(out, depth, label, before, after, end);
  } else {
    printValue(out, "-", depth, label, before, end);
    printValue(out, "+", depth, label, after, end);
  }
}

function block(
  out: RowWriter,
  depth: number,
  label: Segment[],
  value: Json,
  end: string,
  inside: () => void,
): void {
  const [opening, closing] = brackets(value);
  out.row(" ", depth, [...label, [opening, "p"]]);
  out.open();
  inside();
  out.row(" ", depth, [[closing + end, "p"]]);
  out.close();
}

function members(out: RowWriter, depth: number, before: JsonObject, after: JsonObject): void {
  for (const name of orderOf(before, after)) {
    const label = keyLabel(name);
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    const now = Object.hasOwn(after, name) ? after[name] : undefined;
    if (old === undefined) printValue(out, "+", depth, label, now as Json, ",");
    else if (now === undefined) printValue(out, "-", depth, label, old, ",");
    else writeDiff(out, depth, label, old, now, ",");
  }
}

/** The names as they follow each other now; one that is gone stands where it was. */
function orderOf(before: JsonObject, after: JsonObject): string[] {
  const names = Object.keys(after);
  let previous = "";
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) names.splice(names.indexOf(previous) + 1, 0, name);
    previous = name;
  }
  return names;
}

function items(out: RowWriter, depth: number, before: Json[], after: Json[]): void {
  const parts = diffArrays(before.map(key), after.map(key), { maxEditLength: MOST_EDITS }) ?? [
    { count: before.length, removed: true, added: false },
    { count: after.length, removed: false, added: true },
  ];
  let old = 0;
  let now = 0;
  let gone: Json[] = [];
  let come: Json[] = [];
  const flush = () => {
    replaced(out, depth, gone, come);
    gone = [];
    come = [];
  };
  for (const { count = 0, added, removed } of parts) {
    if (removed) {
      gone.push(...before.slice(old, (old += count)));
    } else if (added) {
      come.push(...after.slice(now, (now += count)));
    } else {
      flush();
      for (const item of after.slice(now, now + count)) printValue(out, " ", depth, [], item, ",");
      old += count;
      now += count;
    }
  }
  flush();
}

/** Items that took the place of others: those of one kind are compared with each other. */
function replaced(out: RowWriter, depth: number, gone: Json[], come: Json[]): void {
  const rest = [...gone];
  for (const item of come) {
    const match = rest.findIndex((old) => kind(old) === kind(item));
    if (match < 0) {
      printValue(out, "+", depth, [], item, ",");
      continue;
    }
    for (const old of rest.splice(0, match)) printValue(out, "-", depth, [], old, ",");
    writeDiff(out, depth, [], rest.shift() as Json, item, ",");
  }
  for (const old of rest) printValue(out, "-", depth, [], old, ",");
}

/** What an item is, as far as it is not changed by an edit: a user's message, a tool, a text. */
function kind(value: Json): string {
  if (!isObject(value)) return Array.isArray(value) ? "list" : typeof value;
  const inner = isObject(value["function"]) ? value["function"] : value;
  return JSON.stringify([value["role"], value["type"], inner["name"]]);
}

function key(value: Json): string {
  return JSON.stringify(value);
}

function texts(
  out: RowWriter,
  depth: number,
  label: Segment[],
  before: string,
  after: string,
  end: string,
): void {
  const options = { maxEditLength: MOST_EDITS };
  const old = visible(before);
  const now = visible(after);
  const parts =
    Math.max(old.length, now.length) <= WORDS
      ? diffWordsWithSpace(old, now, options)
      : diffLines(old, now, options);
  const kept = parts?.filter((part) => !part.added && !part.removed) ?? [];
  const keptLength = kept.reduce((sum, part) => sum + part.value.length, 0);
  if (!parts || keptLength * 3 < Math.min(old.length, now.length)) {
    out.row("-", depth, [...label, ...scalar(before), [end, "p"]]);
    out.row("+", depth, [...label, ...scalar(after), [end, "p"]]);
    return;
  }
  const changes = parts.map(({ value, added, removed }): Segment => {
    return [value, added ? "i" : removed ? "d" : "s"];
  });
  out.row("~", depth, [...label, ['"', "s"], ...changes, ['"', "s"], [end, "p"]]);
}
