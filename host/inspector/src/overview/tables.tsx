// What plugins did and cost, and which deployments had to rest.

import type { Overview, PluginRow } from "../contract";
import { clock, count, day, percent, seconds } from "../format";
import { unix } from "./sums";

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

export function Cooldowns({ overview }: { overview: Overview }) {
  const { cooldowns } = overview;
  if (cooldowns.length === 0) return null;
  const start = unix(overview.since);
  const length = unix(overview.until) - start;
  const names = [...new Set(cooldowns.map((one) => one.deployment))];
  const place = (time: number) => `${Math.min(Math.max(((time - start) / length) * 100, 0), 100)}%`;
  return (
    <section class="table-card">
      <h3>Cool-downs</h3>
      {names.map((name) => (
        <div key={name} class="cooldown">
          <span class="clip">{name}</span>
          <div class="cooldown-lane">
            {cooldowns
              .filter((one) => one.deployment === name)
              .map((one, index) => {
                const since = unix(one.since);
                const until = one.until == null ? unix(overview.until) : unix(one.until);
                return (
                  <i
                    key={index}
                    style={{ left: place(since), right: `calc(100% - ${place(until)})` }}
                    title={`${shown(since)}, for ${seconds(until - since)}`}
                  />
                );
              })}
          </div>
        </div>
      ))}
    </section>
  );
}

function shown(time: number): string {
  const text = new Date(time * 1000).toISOString();
  return `${day(text)} ${clock(text)}`.trim();
}
