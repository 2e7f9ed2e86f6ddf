// The keyboard: one table, from which the help is made, too.

import { signal } from "@preact/signals";
import { move, openSelected } from "../list/select";
import { go, route, setParams, VIEWS, type View } from "../route";
import { nextTheme } from "../theme";

export const help = signal(false);

interface Key {
  keys: string[];
  /** How it is written in the help. */
  shown: string;
  does: string;
  run(key: string): void;
  /** Only with an exchange open. */
  open?: boolean;
}

const view = (name: View) => () => go({ view: name });

export const KEYS: Key[] = [
  { keys: ["j"], shown: "j", does: "next exchange", run: () => move(1) },
  { keys: ["k"], shown: "k", does: "exchange before", run: () => move(-1) },
  { keys: ["Enter"], shown: "Enter", does: "open", run: openSelected },
  { keys: ["Escape"], shown: "Esc", does: "close, back to the list", run: back },
  {
    keys: ["/"],
    shown: "/",
    does: "search",
    run: () => document.getElementById("search")?.focus(),
  },
  {
    keys: ["1", "2", "3", "4", "5", "6"],
    shown: "1 … 6",
    does: "stage: client, plugins, upstream, came back, plugins, client",
    run: (key) => go({ view: "stages", params: { ...route.value.params, stage: key } }, true),
    open: true,
  },
  { keys: ["s"], shown: "s", does: "stages", run: view("stages"), open: true },
  { keys: ["c"], shown: "c", does: "conversation", run: view("conversation"), open: true },
  { keys: ["t"], shown: "t", does: "timeline", run: view("timeline"), open: true },
  {
    keys: ["p"],
    shown: "p",
    does: "prompt against the turn before",
    run: view("prompt"),
    open: true,
  },
  { keys: ["r"], shown: "r", does: "replay", run: view("replay"), open: true },
  { keys: [], shown: "← → Home End", does: "in the timeline: move by events", run: () => {} },
  { keys: ["e"], shown: "e", does: "exchanges", run: () => go({ page: "exchanges", id: null }) },
  { keys: ["o"], shown: "o", does: "overview", run: () => go({ page: "overview", id: null }) },
  { keys: ["d"], shown: "d", does: "light, dark or as the system", run: nextTheme },
  { keys: ["?"], shown: "?", does: "this help", run: () => (help.value = !help.value) },
];

function back(): void {
  if (help.value) help.value = false;
  else if (route.value.id !== null) go({ id: null });
  else if (route.value.params["q"]) setParams({ q: "" });
}

/** Views in the order of their tabs, and the key of each. */
export const VIEW_KEYS = VIEWS.map((name) => [name, name.charAt(0)] as const);

export function watchKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    const typing = target.matches("input:not([type=checkbox]), select, textarea");
    if (typing) {
      const isDone = event.key === "Enter" && target.matches("[type=search]");
      if (event.key === "Escape" || isDone) target.blur();
      return;
    }
    // Enter on a button or link is its own.
    if (event.key === "Enter" && target.closest("button, a, summary")) return;
    if (document.querySelector("dialog[open].key")) return;
    const found = KEYS.find((one) => one.keys.includes(event.key));
    if (!found || (found.open && route.value.id === null)) return;
    event.preventDefault();
    found.run(event.key);
  });
}
