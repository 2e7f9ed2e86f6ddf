// Which exchange of the list the keyboard is on.

import { signal } from "@preact/signals";
import { go, route } from "../route";
import { items } from "./store";

export const selected = signal<string | null>(route.value.id);

/** Moves by `step` rows; an open exchange is followed by the one that is selected then. */
export function move(step: number): void {
  const list = items.value;
  if (list.length === 0) return;
  const from = list.findIndex((one) => one.id === (route.value.id ?? selected.value));
  const to = from < 0 ? 0 : Math.min(Math.max(from + step, 0), list.length - 1);
  const id = list[to]?.id ?? null;
  selected.value = id;
  if (route.value.id !== null && id !== null) go({ id }, true);
}

export function openSelected(): void {
  const id = selected.value ?? items.value[0]?.id ?? null;
  if (id !== null) go({ page: "exchanges", id });
}
