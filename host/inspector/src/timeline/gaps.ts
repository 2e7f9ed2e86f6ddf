// Pauses in a stream that a person would notice.

export interface Gap {
  from: number;
  until: number;
}

/** Nobody notices less, in seconds. */
const LEAST = 0.1;
/** So many times longer than usual is a gap. */
const UNUSUAL = 5;
const MOST = 40;

/** The longest pauses, in the order of time. `start` is when the waiting began. */
export function gaps(times: readonly number[], start: number): Gap[] {
  const all = times.map((until, index) => ({
    from: index ? (times[index - 1] as number) : start,
    until,
  }));
  const lengths = all
    .slice(1)
    .map(length)
    .sort((a, b) => a - b);
  const usual = lengths[lengths.length >> 1] ?? 0;
  return all
    .filter((gap) => length(gap) >= Math.max(LEAST, usual * UNUSUAL))
    .sort((a, b) => length(b) - length(a))
    .slice(0, MOST)
    .sort((a, b) => a.from - b.from);
}

function length(gap: Gap): number {
  return gap.until - gap.from;
}
