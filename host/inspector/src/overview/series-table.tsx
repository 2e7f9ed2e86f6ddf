// A line for each model and deployment: how much was asked of it over time, and how it answered.

import type { Overview, Series } from "../contract";
import { count, percent, seconds } from "../format";
import { setParams } from "../route";
import { busiest, middle, sum } from "./sums";

export function SeriesTable({ overview }: { overview: Overview }) {
  const rows = busiest(overview.series);
  return (
    <section class="table-card">
      <h3>Models and deployments</h3>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">model</th>
            <th scope="col" class="name">
              deployment
            </th>
            <th scope="col">over time</th>
            <th scope="col">requests</th>
            <th scope="col">errors</th>
            <th scope="col">retries</th>
            <th scope="col">fallbacks</th>
            <th scope="col">first event</th>
            <th scope="col">tokens/s</th>
            <th scope="col">between events</th>
            <th scope="col">overhead</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <Row key={`${one.model} ${one.deployment}`} series={one} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ series }: { series: Series }) {
  const requests = sum(series.requests);
  const errors = sum(series.errors);
  const model = series.model ?? "";
  const deployment = series.deployment ?? "";
  return (
    <tr>
      <th scope="row">
        <button
          class="quiet"
          title={`Only ${model} at ${deployment || "no deployment"}`}
          onClick={() => setParams({ model, deployment })}
        >
          {model || "–"}
        </button>
      </th>
      <td class="name">
        <span title={deployment}>{deployment || "–"}</span>
      </td>
      <td>
        <Bars requests={series.requests} errors={series.errors} />
      </td>
      <td>{count(requests)}</td>
      <td class={errors > 0 ? "bad-text" : ""}>
        {count(errors)} <small class="faint">{errors > 0 && percent(errors / requests)}</small>
      </td>
      <td>{count(sum(series.retries))}</td>
      <td>{count(sum(series.fallbacks))}</td>
      <td>{seconds(middle(series.first_event_p50))}</td>
      <td>{count(middle(series.tokens_per_second))}</td>
      <td>{seconds(middle(series.gap_p50))}</td>
      <td>{seconds(middle(series.overhead_p50))}</td>
    </tr>
  );
}

const HEIGHT = 18;

/** Requests over time, what failed of them below in another colour. */
function Bars({ requests, errors }: { requests: number[]; errors: number[] }) {
  const most = Math.max(...requests, 1);
  const step = 100 / requests.length;
  const bar = (kind: string, value: number, bucket: number) =>
    value > 0 && (
      <rect
        key={`${kind}${bucket}`}
        class={kind}
        x={`${bucket * step}%`}
        width={`${step * 0.8}%`}
        y={HEIGHT - Math.max((value / most) * HEIGHT, 2)}
        height={Math.max((value / most) * HEIGHT, 2)}
      />
    );
  return (
    <svg class="bars" role="img" aria-label={`${sum(requests)} requests over time`} height={HEIGHT}>
      {requests.map((value, bucket) => bar("all", value, bucket))}
      {errors.map((value, bucket) => bar("failed", value, bucket))}
    </svg>
  );
}
