// A JSON value as rows. Strings are shown as the text that they are, with their line breaks.

import { type Json, isObject } from "../json";
import { type Row, RowWriter, type Segment, type Style } from "./row";

export function printJson(value: Json, columns: number): Row[] {
  const out = new RowWriter(columns);
  printValue(out, " ", 0, [], value, "");
  return out.rows;
}

export function printText(text: string, columns: number): Row[] {
  const out = new RowWriter(columns);
  for (const line of text.split("\n")) out.row(" ", 0, [[visible(line), "p"]]);
  return out.rows;
}

/** `label` is what stands before the value, `end` what follows it: a comma, or nothing. */
export function printValue(
  out: RowWriter,
  mark: Row["mark"],
  depth: number,
  label: Segment[],
  value: Json,
  end: string,
): void {
  const [opening, closing] = brackets(value);
  const members = isObject(value) ? Object.entries(value) : Array.isArray(value) ? value : null;
  if (members === null) {
    out.row(mark, depth, [...label, ...scalar(value), [end, "p"]]);
  } else if (members.length === 0) {
    out.row(mark, depth, [...label, [opening + closing + end, "p"]]);
  } else {
    out.row(mark, depth, [...label, [opening, "p"]]);
    out.open();
    members.forEach((member, position) => {
      const comma = position < members.length - 1 ? "," : "";
      if (isObject(value)) {
        const [name, inner] = member as [string, Json];
        printValue(out, mark, depth + 1, keyLabel(name), inner, comma);
      } else {
        printValue(out, mark, depth + 1, [], member as Json, comma);
      }
    });
    out.row(mark, depth, [[closing + end, "p"]]);
    out.close();
  }
}

export function keyLabel(name: string): Segment[] {
  return [
    [`"${visible(name)}"`, "k"],
    [": ", "p"],
  ];
}

export function brackets(value: Json): [string, string] {
  return Array.isArray(value) ? ["[", "]"] : ["{", "}"];
}

export function scalar(value: Json): Segment[] {
  if (typeof value === "string") return [[`"${visible(value)}"`, "s"]];
  const style: Style = typeof value === "number" ? "n" : "l";
  return [[String(value), style]];
}

/** Control characters, and those that change the direction of text, become visible. */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (c) => {
      if (c === "\r") return "\\r";
      return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
    },
  );
}
