// Whether an exchange belongs into the list under a filter, for those that arrive live. The
// proxy knows better where the full text is asked for, so such a filter says nothing here.

import type { Summary } from "../contract";

export const FILTERS = ["model", "deployment", "outcome", "plugin", "q"] as const;
export type Filter = Partial<Record<(typeof FILTERS)[number], string>>;

/** The filter in the parameters of the URL. */
export function filterOf(params: Record<string, string>): Filter {
  const filter: Filter = {};
  for (const name of FILTERS) if (params[name]) filter[name] = params[name];
  return filter;
}

export function matches(summary: Summary, filter: Filter): boolean {
  return (
    (!filter.model || summary.model === filter.model) &&
    (!filter.deployment || summary.deployment === filter.deployment) &&
    (!filter.outcome || summary.state === filter.outcome) &&
    (!filter.plugin || (summary.changed_by ?? []).includes(filter.plugin))
  );
}
