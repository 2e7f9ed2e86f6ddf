// A body, or what changed between two, with the worker's help.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { bytes, plural } from "../format";
import { CopyButton } from "../shell/copy";
import { useColumns } from "./columns";
import type { Row } from "./row";
import { Viewer } from "./viewer";
import { work } from "./work";

interface BodyProps {
  text: string;
  label: string;
  /** What stands at the left of the tool bar. */
  children?: ComponentChildren;
}

export function BodyView({ text, label, children }: BodyProps) {
  const frame = useRef<HTMLDivElement>(null);
  const columns = useColumns(frame);
  const [raw, setRaw] = useState(false);
  const [rows, setRows] = useState<Row[] | null>(null);
  useEffect(() => {
    if (columns === null) return;
    return latest(work({ kind: "print", text, columns, raw }), setRows);
  }, [text, columns, raw]);
  return (
    <div class="body-view" ref={frame}>
      <div class="bar">
        {children}
        <span class="faint push">{bytes(new Blob([text]).size)}</span>
        <Choice<boolean>
          label="Show as"
          value={raw}
          onChange={setRaw}
          options={[
            ["JSON", false],
            ["Raw", true],
          ]}
        />
        <CopyButton text={() => text} label={`Copy ${label}`} />
      </div>
      {rows ? <Viewer rows={rows} label={label} /> : <p class="wait">Reading…</p>}
    </div>
  );
}

interface DiffProps {
  before: string;
  after: string;
  label: string;
  children?: ComponentChildren;
}

export function DiffView({ before, after, label, children }: DiffProps) {
  const frame = useRef<HTMLDivElement>(null);
  const columns = useColumns(frame);
  const [all, setAll] = useState(false);
  const [result, setResult] = useState<{ rows: Row[]; same: boolean } | null>(null);
  useEffect(() => {
    if (columns === null) return;
    return latest(work({ kind: "diff", before, after, columns }), setResult);
  }, [before, after, columns]);
  const changed = result ? result.rows.filter((row) => row.mark !== " ").length : 0;
  return (
    <div class="body-view" ref={frame}>
      <div class="bar">
        {children}
        <span class="faint push">{result && !result.same && plural(changed, "changed line")}</span>
        <Choice<boolean>
          label="Lines"
          value={all}
          onChange={setAll}
          options={[
            ["Changes", false],
            ["Everything", true],
          ]}
        />
        <CopyButton text={() => after} label={`Copy ${label}`} />
      </div>
      {result?.same && (
        <p class="hint">
          {before === after
            ? "Nothing changed."
            : "Only the way it is written changed: the JSON means the same."}
        </p>
      )}
      {result ? (
        <Viewer rows={result.rows} label={label} changesOnly={!all && !result.same} />
      ) : (
        <p class="wait">Comparing…</p>
      )}
    </div>
  );
}

interface ChoiceProps<T> {
  label: string;
  value: T;
  options: [name: string, value: T][];
  onChange(value: T): void;
}

/** One of a few, as buttons beside each other. */
export function Choice<T extends string | boolean>({
  label,
  value,
  options,
  onChange,
}: ChoiceProps<T>) {
  return (
    <span class="choice" role="group" aria-label={label}>
      {options.map(([name, one]) => (
        <button key={name} aria-pressed={one === value} onClick={() => onChange(one)}>
          {name}
        </button>
      ))}
    </span>
  );
}

/** Hands the result on unless something newer was asked for by then. */
function latest<T>(promise: Promise<T>, use: (value: T) => void): () => void {
  let wanted = true;
  void promise.then((value) => wanted && use(value));
  return () => {
    wanted = false;
  };
}
