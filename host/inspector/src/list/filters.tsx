// The search and the filters above the list. They live in the URL.

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { facets as askFacets } from "../api";
import type { Facets } from "../contract";
import { go, route, setParams } from "../route";
import { filterOf, FILTERS } from "./match";
import { complete, indexing, items, loading } from "./store";
import { plural } from "../format";

/** Milliseconds after the last key before a search begins. */
const PAUSE = 250;

export function Filters() {
  const known = useSignal<Facets>({ models: [], deployments: [], plugins: [], outcomes: [] });
  const load = () =>
    void askFacets().then(
      (facets) => (known.value = facets),
      () => undefined,
    );
  useEffect(load, []);
  const filter = filterOf(route.value.params);
  const open = route.value.id !== null;
  const set = (name: string) => (value: string) => setParams({ [name]: value });
  const clear = () => setParams(Object.fromEntries(FILTERS.map((name) => [name, ""])));
  return (
    <div class="filters" role="search" onFocusIn={load}>
      <Search value={filter.q ?? ""} onChange={set("q")} />
      {open && (
        <button class="quiet" aria-label="Close the exchange" onClick={() => go({ id: null })}>
          ✕
        </button>
      )}
      <Pick
        name="model"
        value={filter.model}
        options={known.value.models}
        onChange={set("model")}
      />
      <Pick
        name="deployment"
        value={filter.deployment}
        options={known.value.deployments}
        onChange={set("deployment")}
      />
      <Pick
        name="outcome"
        value={filter.outcome}
        options={["running", "success", "error", "cancelled"]}
        onChange={set("outcome")}
      />
      <Pick
        name="plugin"
        title="changed by"
        value={filter.plugin}
        options={known.value.plugins}
        onChange={set("plugin")}
      />
      {Object.keys(filter).length > 0 && (
        <button class="quiet" onClick={clear}>
          Clear
        </button>
      )}
      {!open && <Tally />}
    </div>
  );
}

function Tally() {
  const count = `${items.value.length}${complete.value ? "" : "+"}`;
  return (
    <span class="push faint" aria-live="polite">
      {loading.value ? "Loading…" : `${count} exchange${count === "1" ? "" : "s"}`}
      {indexing.value > 0 && `, ${plural(indexing.value, "file")} not searched yet`}
    </span>
  );
}

function Search({ value, onChange }: { value: string; onChange(value: string): void }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // What is being typed is not in the address yet, and must not be lost to what is: the field
  // follows the address only where that says something else than the field did.
  const said = useRef(value);
  useLayoutEffect(() => {
    if (input.current && value !== said.current) input.current.value = value;
    said.current = value;
  }, [value]);
  return (
    <input
      id="search"
      type="search"
      placeholder="Search text  /"
      aria-label="Search the text of exchanges"
      ref={input}
      defaultValue={value}
      onInput={(event) => {
        const wanted = event.currentTarget.value;
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          said.current = wanted;
          onChange(wanted);
        }, PAUSE);
      }}
    />
  );
}

interface PickProps {
  name: string;
  title?: string;
  value: string | undefined;
  options: readonly string[];
  onChange(value: string): void;
}

/** A filter of known values; one from the URL that is not known is offered all the same. */
export function Pick({ name, title = name, value, options, onChange }: PickProps) {
  const all = value && !options.includes(value) ? [value, ...options] : options;
  return (
    <select
      name={name}
      aria-label={title}
      class={value ? "set" : ""}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      <option value="">{title}: any</option>
      {all.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}
