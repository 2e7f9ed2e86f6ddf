// Text in rows of equal height: what the viewer shows of bodies, differences and frames. Only
// the rows on screen become elements, so a megabyte costs no more than a line.

/** How a piece of text is shown: key, string, number, literal, punctuation, inserted, deleted, faint. */
export type Style = "k" | "s" | "n" | "l" | "p" | "i" | "d" | "f";

export type Segment = [text: string, style: Style];

export interface Row {
  /** `+` only in the new text, `-` only in the old one, `~` a row with both, else a blank. */
  mark: " " | "+" | "-" | "~";
  depth: number;
  segments: Segment[];
  /** How many of the rows that follow belong to the list or object that begins here. */
  span: number;
}

/** Collects rows, and cuts texts that are too long for one. */
export class RowWriter {
  readonly rows: Row[] = [];
  #open: number[] = [];

  /** `columns`: characters in a row, the indentation included. */
  constructor(readonly columns: number) {}

  row(mark: Row["mark"], depth: number, segments: Segment[]): void {
    const first = segments[0];
    const last = segments.at(-1);
    const width = segments.reduce((sum, [text]) => sum + text.length, 0);
    if (first && last && (width > this.#room(depth) || segments.some(hasBreak))) {
      this.#long(mark, depth, segments);
    } else {
      this.rows.push({ mark, depth, segments, span: 0 });
    }
  }

  /** The row that was written last begins a block; `close` ends it. */
  open(): void {
    this.#open.push(this.rows.length - 1);
  }

  close(): void {
    const start = this.#open.pop();
    const row = start === undefined ? undefined : this.rows[start];
    if (row && start !== undefined) row.span = this.rows.length - 1 - start;
  }

  #room(depth: number): number {
    return Math.max(24, this.columns - depth * 2);
  }

  /** One row for each line of the text, and further ones where a line is too long. */
  #long(mark: Row["mark"], depth: number, segments: Segment[]): void {
    let current: Segment[] = [];
    let used = 0;
    let level = depth;
    const flush = () => {
      this.rows.push({ mark: markOf(mark, current), depth: level, segments: current, span: 0 });
      current = [];
      used = 0;
      level = depth + 1;
    };
    for (const [text, style] of segments) {
      const lines = text.split("\n");
      lines.forEach((line, number) => {
        let rest = line;
        while (used + rest.length > this.#room(level)) {
          const cut = breakAt(rest, this.#room(level) - used, used > 0);
          if (cut > 0) current.push([rest.slice(0, cut), style]);
          rest = rest.slice(cut);
          flush();
        }
        if (rest) current.push([rest, style]);
        used += rest.length;
        if (number < lines.length - 1) flush();
      });
    }
    if (current.length > 0) flush();
  }
}

function hasBreak([text]: Segment): boolean {
  return text.includes("\n");
}

/** Of a row with insertions and deletions in its text, only those that have some are marked. */
function markOf(mark: Row["mark"], segments: Segment[]): Row["mark"] {
  if (mark !== "~") return mark;
  return segments.some(([, style]) => style === "i" || style === "d") ? "~" : " ";
}

/** Where to cut a text so that `room` is not exceeded: behind a blank if there is one. */
function breakAt(text: string, room: number, mayBeNothing: boolean): number {
  const blank = text.lastIndexOf(" ", room - 1);
  if (blank > room / 2) return blank + 1;
  if (mayBeNothing && room < 12) return 0;
  const cut = Math.max(room, 1);
  // Not between the halves of a character outside of the basic plane.
  const code = text.charCodeAt(cut - 1);
  return code >= 0xd800 && code < 0xdc00 ? cut + 1 : cut;
}
