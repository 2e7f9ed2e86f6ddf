// Numbers as a person reads them. Every function takes what may be unknown, and says "–" then.

const NONE = "–";
type Maybe = number | null | undefined;

/** 0.0123 → "12 ms", 3.21 → "3.21 s", 75 → "1 m 15 s". */
export function seconds(value: Maybe): string {
  if (value == null || !Number.isFinite(value)) return NONE;
  if (value === 0) return "0 s";
  const size = Math.abs(value);
  if (size < 0.001) return `${trim(value * 1e6, 0)} µs`;
  if (size < 0.01) return `${trim(value * 1e3, 1)} ms`;
  if (size < 1) return `${trim(value * 1e3, 0)} ms`;
  if (size < 10) return `${value.toFixed(2)} s`;
  if (size < 60) return `${value.toFixed(1)} s`;
  const whole = Math.round(size);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
}

/** Seconds since the exchange began, always with three decimals: "+0.123". */
export function offset(value: Maybe): string {
  return value == null ? NONE : `+${value.toFixed(3)}`;
}

/** 1234 → "1.2 KB". */
export function bytes(value: Maybe): string {
  if (value == null) return NONE;
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${trim(value / 1e3, value < 1e4 ? 1 : 0)} KB`;
  return `${trim(value / 1e6, 1)} MB`;
}

/** 12345 → "12.3k". */
export function count(value: Maybe): string {
  if (value == null || !Number.isFinite(value)) return NONE;
  if (Math.abs(value) < 1000) return trim(value, 1);
  if (Math.abs(value) < 1e6) return `${trim(value / 1e3, Math.abs(value) < 1e5 ? 1 : 0)}k`;
  return `${trim(value / 1e6, 1)}M`;
}

/** 0.891 → "89 %". */
export function percent(value: Maybe): string {
  return value == null || !Number.isFinite(value)
    ? NONE
    : `${trim(value * 100, value < 0.1 ? 1 : 0)} %`;
}

/** The clock time of an RFC 3339 time, in the reader's zone: "18:03:11". */
export function clock(started: string): string {
  const date = new Date(started);
  if (Number.isNaN(date.getTime())) return started;
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

/** "22 Nov", empty for today. */
export function day(started: string, today = new Date()): string {
  const date = new Date(started);
  if (Number.isNaN(date.getTime()) || date.toDateString() === today.toDateString()) return "";
  return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ""}`;
}

/** "1 event", "2 events". */
export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** Text of at most `length` characters, on one line. */
export function clip(text: string, length: number): string {
  const line = text.length > length * 2 ? text.slice(0, length * 2) : text;
  const flat = line.replace(/\s+/g, " ");
  return flat.length > length ? `${flat.slice(0, length - 1)}…` : flat;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function two(n: number): string {
  return String(n).padStart(2, "0");
}

function trim(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}

/**
 * The whole text, or where it is much longer than `length`, or has many more than `lines`, its
 * beginning, to the end of a line or word.
 */
export function beginning(text: string, length: number, lines = 1e6): string {
  const some = text.split("\n", lines * 1.2 + 1);
  const most = some.length > lines * 1.2 ? some.slice(0, lines).join("\n") : text;
  if (most.length <= length * 1.2) return most;
  const head = most.slice(0, length);
  const end = Math.max(head.lastIndexOf("\n"), head.lastIndexOf(" "));
  return head.slice(0, end > length / 2 ? end : length);
}
