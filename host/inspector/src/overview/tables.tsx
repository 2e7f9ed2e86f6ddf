// What plugins did and cost.

import type { PluginRow } from "../contract";
import { count, percent, seconds } from "../format";

export function PluginTable({ rows }: { rows: PluginRow[] }) {
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map((row) => (row.time_per_call ?? 0) * row.calls));
  return (
    <section class="table-card">
      <h3>Plugins</h3>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">plugin</th>
            <th scope="col">calls</th>
            <th scope="col">per call</th>
            <th scope="col">share of time</th>
            <th scope="col">changed</th>
            <th scope="col">dropped</th>
            <th scope="col">added</th>
            <th scope="col">failures</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              <td>{count(row.calls)}</td>
              <td>{seconds(row.time_per_call)}</td>
              <td>
                <meter min={0} max={most || 1} value={(row.time_per_call ?? 0) * row.calls} />
              </td>
              <td>
                {count(row.changed)}{" "}
                <small class="faint">
                  {row.calls > 0 && row.changed > 0 && percent(row.changed / row.calls)}
                </small>
              </td>
              <td>{count(row.dropped)}</td>
              <td>{count(row.added)}</td>
              <td class={row.failed > 0 ? "bad-text" : ""}>{count(row.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
