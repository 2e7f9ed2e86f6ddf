// The exchanges that are listed, newest first. What arrives live is gathered for a moment and
// put in at once, so that a busy proxy costs the page no more than a quiet one.

import { computed, effect, signal } from "@preact/signals";
import * as api from "../api";
import type { Summary } from "../contract";
import { route } from "../route";
import { filterOf, matches } from "./match";

const PAGE = 300;
/** Milliseconds in which live summaries are gathered. */
const GATHER = 150;

export const items = signal<readonly Summary[]>([]);
export const loading = signal(true);
export const failure = signal<string | null>(null);
export const indexing = signal(0);
/** Whether all pages are there. */
export const complete = signal(false);
/** How the live stream is: `off` while it is being sought. */
export const connection = signal<"off" | "on">("off");
/** How many were put in above what the reader sees; the list keeps its place with it. */
export const inserted = signal(0);

const filterText = computed(() => JSON.stringify(filterOf(route.value.params)));
const filter = computed(() => JSON.parse(filterText.value) as ReturnType<typeof filterOf>);

let next: string | null = null;
let asking: AbortController | null = null;
let more = false;

/** Loads the first page: at the start, and when the filter changes. */
export async function reload(): Promise<void> {
  loading.value = true;
  return refresh();
}

/** Loads the first page again; what is shown stays until it is there. */
async function refresh(): Promise<void> {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const page = await api.exchanges(filter.value, PAGE, null, mine.signal);
    items.value = page.exchanges;
    follows(page.next);
    indexing.value = page.indexing ?? 0;
    failure.value = null;
    if (indexing.value > 0) soon();
  } catch (error) {
    if (mine.signal.aborted) return;
    failure.value = error instanceof Error ? error.message : String(error);
    soon();
  }
  loading.value = false;
}

/** Milliseconds after which a list that is not whole is looked at again. */
const AGAIN = 2000;
let again: ReturnType<typeof setTimeout> | undefined;

/** Looks again while logs are read, or the list cannot be had. */
function soon(): void {
  clearTimeout(again);
  again = setTimeout(() => void lookAgain(), AGAIN);
}

async function lookAgain(): Promise<void> {
  if (api.locked.value) return;
  // Who scrolled down keeps what is there; the number goes on.
  if (failure.value !== null || items.value.length <= PAGE) return refresh();
  try {
    indexing.value = (await api.exchanges({}, 1)).indexing ?? 0;
  } catch {
    // The live connection tells that the proxy is away.
  }
  if (indexing.value > 0) soon();
}

/** Loads the page that follows, if there is one. */
export async function loadMore(): Promise<void> {
  if (more || next === null || loading.value) return;
  more = true;
  const mine = asking;
  const cursor = next;
  try {
    const page = await api.exchanges(filter.value, PAGE, cursor, mine?.signal);
    // A first page that came meanwhile may end elsewhere; what follows the old one would leave a hole.
    if (mine === asking && cursor === next) {
      const known = new Set(items.value.map((one) => one.id));
      items.value = [...items.value, ...page.exchanges.filter((one) => !known.has(one.id))];
      follows(page.next);
    }
  } catch (error) {
    if (!mine?.signal.aborted)
      failure.value = error instanceof Error ? error.message : String(error);
  } finally {
    more = false;
  }
}

function follows(cursor: string | null | undefined): void {
  next = cursor ?? null;
  complete.value = next === null;
}

let gathered = new Map<string, Summary>();
let timer: ReturnType<typeof setTimeout> | null = null;

const awaited = new Map<string, () => void>();

/** Resolves when the live stream told of an exchange, or after a moment if it does not. */
export function announced(id: string): Promise<void> {
  return new Promise<void>((resolve) => {
    awaited.set(id, resolve);
    setTimeout(resolve, 1500);
  }).then(() => void awaited.delete(id));
}

function arrived(summary: Summary): void {
  awaited.get(summary.id)?.();
  gathered.set(summary.id, summary);
  timer ??= setTimeout(putIn, GATHER);
}

function putIn(): void {
  timer = null;
  const changed = gathered;
  gathered = new Map();
  if (filter.value.q) {
    // Only the index knows the words; ask it when something has ended.
    if ([...changed.values()].some((one) => one.state !== "running")) void refresh();
    return;
  }
  const { list, added } = merge(items.value, changed, (one) => matches(one, filter.value));
  items.value = list;
  inserted.value += added;
}

/** Known exchanges are replaced where they are, new ones go to the top, newest first. */
export function merge(
  list: readonly Summary[],
  changed: ReadonlyMap<string, Summary>,
  wanted: (summary: Summary) => boolean,
): { list: readonly Summary[]; added: number } {
  const fresh = new Map(changed);
  const kept = list.flatMap((one) => {
    const now = fresh.get(one.id);
    if (!now) return [one];
    fresh.delete(one.id);
    return wanted(now) ? [now] : [];
  });
  const added = [...fresh.values()]
    .filter(wanted)
    .sort((a, b) => (a.started < b.started ? 1 : a.started > b.started ? -1 : 0));
  return { list: [...added, ...kept], added: added.length };
}

/** Follows the live stream for as long as the page is there. */
export async function follow(): Promise<never> {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const stop = new AbortController();
      await api.live(
        {
          open: () => {
            connection.value = "on";
            wait = 500;
            void reload();
          },
          summary: arrived,
          lost: () => void reload(),
        },
        stop.signal,
      );
    } catch {
      // The proxy is being restarted, or wants a key: it is tried again.
      if (loading.value) void reload();
    }
    connection.value = "off";
    await new Promise<void>((resolve) => setTimeout(resolve, wait));
    while (api.locked.value) await unlocked();
  }
}

function unlocked(): Promise<void> {
  return new Promise((resolve) => {
    const stop = api.locked.subscribe((locked) => {
      if (!locked) {
        queueMicrotask(() => stop());
        resolve();
      }
    });
  });
}

/** Loads anew whenever the filter changes. Call once. */
export function watchFilter(): void {
  let first = true;
  effect(() => {
    void filterText.value;
    if (first) first = false;
    else void reload();
  });
}
