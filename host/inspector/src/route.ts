// Where the reader is, kept in the part of the URL behind `#`, so that it survives a reload and
// can be sent to somebody else: `#/exchanges/ID/timeline?model=kimi&q=oslo`.

import { computed, signal } from "@preact/signals";

export const VIEWS = ["stages", "conversation", "timeline", "prompt", "replay"] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  page: "exchanges" | "overview";
  id: string | null;
  view: View;
  params: Record<string, string>;
}

export function parse(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?", 2);
  const [page, id, view] = path.split("/").filter(Boolean).map(decode);
  return {
    page: page === "overview" ? "overview" : "exchanges",
    id: page === "overview" ? null : (id ?? null),
    view: VIEWS.find((known) => known === view) ?? "stages",
    params: Object.fromEntries(new URLSearchParams(search)),
  };
}

export function print(route: Route): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(route.params)) if (value) search.set(name, value);
  let path = `#/${route.page}`;
  if (route.page === "exchanges" && route.id !== null) {
    path += `/${encodeURIComponent(route.id)}/${route.view}`;
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

export const route = signal<Route>(parse(globalThis.location?.hash ?? ""));
export const openId = computed(() => route.value.id);

/** Members of `params` that name a part of one exchange and end with it. */
const OF_ONE = ["stage", "attempt", "side", "at"];

export function go(change: Partial<Route>, replace = false): void {
  const next = { ...route.value, ...change };
  if (next.id !== route.value.id || next.page !== route.value.page) {
    next.params = Object.fromEntries(
      Object.entries(next.params).filter(([name]) => !OF_ONE.includes(name)),
    );
  }
  const hash = print(next);
  if (replace) history.replaceState(null, "", hash);
  else if (hash !== location.hash) history.pushState(null, "", hash);
  route.value = parse(hash);
}

/** Changes single parameters; an empty text takes one away. */
export function setParams(change: Record<string, string>, replace = true): void {
  go({ params: { ...route.value.params, ...change } }, replace);
}

globalThis.addEventListener?.("popstate", () => (route.value = parse(location.hash)));
globalThis.addEventListener?.("hashchange", () => (route.value = parse(location.hash)));

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
