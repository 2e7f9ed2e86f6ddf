// What plugins said, noted and cost, and how they failed.

import type { Attempt, PluginFailure, Trace } from "../contract";
import { bytes, count, offset, plural, seconds } from "../format";
import { isOf } from "./stages";

interface Props {
  trace: Trace;
  attempt: Attempt;
  /** Failures of which hooks are shown; costs are shown with the answer's. */
  hooks: "request" | "answer";
}

export function Remarks({ trace, attempt, hooks }: Props) {
  const failures = (trace.plugin_failures ?? []).filter(
    (one) => isOf(attempt)(one) && isRequestHook(one) === (hooks === "request"),
  );
  const said =
    hooks === "answer"
      ? [...(trace.facts ?? []), ...(trace.lines ?? [])].filter(isOf(attempt))
      : [];
  return (
    <>
      {failures.map((one) => (
        <details key={`${one.at}${one.plugin}`} class="problem">
          <summary>
            {one.plugin} failed in {one.hook} {offset(one.at)}: {one.error}
            {one.skipped && " It was left out from there on."}
          </summary>
          {one.input && <pre class="text-box">{one.input}</pre>}
        </details>
      ))}
      {said.length > 0 && (
        <ul class="remarks">
          {said.map((one, number) => (
            <li key={number}>
              <span class="num faint">{offset(one.at)}</span> <b>{one.plugin}</b>{" "}
              {"name" in one ? `${one.name}: ${one.value}` : `${one.level}: ${one.message}`}
            </li>
          ))}
        </ul>
      )}
      {hooks === "answer" && <Costs attempt={attempt} />}
    </>
  );
}

function Costs({ attempt }: { attempt: Attempt }) {
  const plugins = attempt.plugins ?? [];
  if (plugins.length === 0) return null;
  return (
    <div class="sideways">
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">plugin</th>
            <th scope="col">calls</th>
            <th scope="col">time</th>
            <th scope="col">per call</th>
            <th scope="col">changed</th>
            <th scope="col">dropped</th>
            <th scope="col">added</th>
            <th scope="col">held at most</th>
          </tr>
        </thead>
        <tbody>
          {plugins.map((one) => (
            <tr key={one.name}>
              <th scope="row">
                {one.name} {one.failed && <em class="tag bad">failed</em>}
              </th>
              <td>{count(one.calls)}</td>
              <td>{seconds(one.time)}</td>
              <td>{one.calls ? seconds((one.time ?? 0) / one.calls) : "–"}</td>
              <td>{count(one.changed)}</td>
              <td>{count(one.dropped)}</td>
              <td>{count(one.added)}</td>
              <td>
                {one.held_events
                  ? `${plural(one.held_events, "event")}, ${bytes(one.held_bytes)}`
                  : "–"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function isRequestHook({ hook }: PluginFailure): boolean {
  return hook.includes("request");
}
