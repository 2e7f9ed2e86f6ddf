// Which rows are shown: blocks that were closed, and long stretches without a change, are one row.

import type { Row } from "./row";

export type Shown =
  | { kind: "row"; row: Row; index: number; closed: boolean }
  | { kind: "gap"; from: number; count: number };

/** Unchanged rows that stay visible around a change. */
const AROUND = 3;

export interface Folding {
  /** Indices of rows whose block is closed. */
  closed: ReadonlySet<number>;
  /** Indices where a stretch without a change begins that was opened by the reader. */
  opened: ReadonlySet<number>;
  /** Whether stretches without a change are folded at all. */
  changesOnly: boolean;
}

export function fold(rows: readonly Row[], folding: Folding): Shown[] {
  const near = folding.changesOnly ? nearChanges(rows) : null;
  const shown: Shown[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as Row;
    if (near && !near[index]) {
      let end = index;
      while (end < rows.length && !near[end]) end++;
      if (end - index > 1 && !folding.opened.has(index)) {
        shown.push({ kind: "gap", from: index, count: end - index });
        index = end - 1;
        continue;
      }
      if (folding.opened.has(index)) {
        for (; index < end; index++) {
          shown.push({ kind: "row", row: rows[index] as Row, index, closed: false });
        }
        index--;
        continue;
      }
    }
    const closed = folding.closed.has(index) && row.span > 0;
    shown.push({ kind: "row", row, index, closed });
    if (closed) index += row.span;
  }
  return shown;
}

/** True for rows that are changed, that stand near one, or that say where it is. */
function nearChanges(rows: readonly Row[]): boolean[] {
  const near = new Array<boolean>(rows.length).fill(false);
  const path: number[] = [];
  rows.forEach((row, index) => {
    while (path.length > 0) {
      const top = path.at(-1) as number;
      if (index <= top + (rows[top] as Row).span) break;
      path.pop();
    }
    if (row.mark !== " ") {
      near.fill(true, Math.max(0, index - AROUND), index + AROUND + 1);
      for (const start of path) near[start] = true;
    }
    if (row.span > 0) path.push(index);
  });
  return near.slice(0, rows.length);
}
