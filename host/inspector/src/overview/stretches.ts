// Stretches of time as places in a picture that is as wide as the overview's.

import type { Cooldown } from "../contract";

interface Stretch {
  since: number;
  until: number;
}

/** Beginning and width, of what can be seen of it; null if that is nothing. */
export function place(part: Stretch, whole: Stretch): { x: string; width: string } | null {
  const { since, until } = inside(part, whole);
  const all = whole.until - whole.since;
  if (until <= since || all <= 0) return null;
  // What is shorter than a line on the screen is one.
  const width = Math.max((until - since) / all, 0.0015);
  const x = Math.min((since - whole.since) / all, 1 - width);
  return { x: share(x), width: share(width) };
}

/** Seconds of `whole` that these take. */
export function stretch(parts: readonly Stretch[], whole: Stretch): number {
  return parts.reduce((all, part) => {
    const { since, until } = inside(part, whole);
    return all + Math.max(until - since, 0);
  }, 0);
}

/** In the order of their names. */
export function byDeployment(cooldowns: readonly Cooldown[]): [string, Cooldown[]][] {
  const all = new Map<string, Cooldown[]>();
  for (const one of cooldowns) {
    all.set(one.deployment, [...(all.get(one.deployment) ?? []), one]);
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}

function inside({ since, until }: Stretch, whole: Stretch): Stretch {
  return { since: Math.max(since, whole.since), until: Math.min(until, whole.until) };
}

function share(part: number): string {
  return `${Math.round(part * 10_000) / 100}%`;
}
