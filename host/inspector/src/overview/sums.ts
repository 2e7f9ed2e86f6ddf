// Series of several models and deployments as one, for the charts.

import type { Overview, Series } from "../contract";

type Counts = "requests" | "errors" | "retries" | "fallbacks";

export function total(series: readonly Series[], name: Counts): number[] {
  const sums: number[] = [];
  for (const one of series) {
    one[name].forEach((value, bucket) => (sums[bucket] = (sums[bucket] ?? 0) + value));
  }
  return sums;
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** The median of what is there. */
export function middle(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value != null).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? null;
}

export function busiest(series: readonly Series[]): Series[] {
  return [...series].sort((a, b) => sum(b.requests) - sum(a.requests));
}

/** One line for each model and deployment that has values, the busiest first, and no more than `most`. */
export function lines<K extends keyof Series>(
  overview: Overview,
  name: K,
  most: number,
): { label: string; values: Series[K] }[] {
  return busiest(overview.series)
    .filter((one) => (one[name] as unknown[]).some((value) => value != null))
    .slice(0, most)
    .map((one) => ({ label: labelOf(one), values: one[name] }));
}

function labelOf({ model, deployment }: Series): string {
  if (!deployment || !model) return deployment ?? model ?? "all";
  return deployment.startsWith(model) ? deployment : `${model} · ${deployment}`;
}
