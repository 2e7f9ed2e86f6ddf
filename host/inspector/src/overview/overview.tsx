// How the proxy has been: charts over time, and what plugins did and cost.

import { useEffect, useMemo, useState } from "preact/hooks";
import * as api from "../api";
import type { Facets, Overview } from "../contract";
import { count, percent, seconds } from "../format";
import { Pick } from "../list/filters";
import { go, route, setParams } from "../route";
import { Chart, type Line } from "./chart";
import { Cooldowns } from "./cooldowns";
import { SeriesTable } from "./series-table";
import { lines, middle, sum, total } from "./sums";
import { PluginTable } from "./tables";

const RANGES: [name: string, seconds: number][] = [
  ["15 min", 900],
  ["1 h", 3600],
  ["6 h", 6 * 3600],
  ["24 h", 24 * 3600],
  ["7 d", 7 * 24 * 3600],
];
const BUCKETS = 60;
/** Milliseconds after which a page that shows "now" is asked for again. */
const EVERY = 10_000;
const TONES = ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5"];

export function OverviewPage() {
  const { params } = route.value;
  const { overview, failure } = useOverview(params);
  return (
    <main class="overview" tabIndex={-1}>
      <Range params={params} />
      {failure !== null && (
        <p class="problem" role="alert">
          {failure}
        </p>
      )}
      {overview ? (
        <Charts overview={overview} />
      ) : (
        failure === null && <p class="wait">Adding up…</p>
      )}
    </main>
  );
}

function Range({ params }: { params: Record<string, string> }) {
  const [facets, setFacets] = useState<Facets>({
    models: [],
    deployments: [],
    plugins: [],
    outcomes: [],
  });
  useEffect(() => void api.facets().then(setFacets, () => undefined), []);
  const zoomed = params["since"] !== undefined;
  const current = zoomed ? null : (params["range"] ?? "3600");
  return (
    <div class="filters">
      <span class="choice" role="group" aria-label="Time">
        {RANGES.map(([name, value]) => (
          <button
            key={name}
            aria-pressed={current === String(value)}
            onClick={() => setParams({ range: String(value), since: "", until: "" }, false)}
          >
            {name}
          </button>
        ))}
        {zoomed && (
          <button aria-pressed={true} onClick={() => setParams({ since: "", until: "" }, false)}>
            chosen stretch ✕
          </button>
        )}
      </span>
      <Pick
        name="model"
        value={params["model"]}
        options={facets.models}
        onChange={(value) => setParams({ model: value })}
      />
      <Pick
        name="deployment"
        value={params["deployment"]}
        options={facets.deployments}
        onChange={(value) => setParams({ deployment: value })}
      />
      <span class="push faint">Drag over a chart to look closer.</span>
    </div>
  );
}

function Charts({ overview }: { overview: Overview }) {
  const charts = useMemo(() => chartsOf(overview), [overview]);
  const requests = sum(total(overview.series, "requests"));
  if (requests === 0) {
    return (
      <div class="empty">
        <h2>Nothing in this time</h2>
        <p>
          No exchange began in the stretch that is chosen. Take a longer one, or send something.
        </p>
        <button onClick={() => go({ page: "exchanges", id: null })}>To the exchanges</button>
      </div>
    );
  }
  const zoom = (since: number, until: number) =>
    setParams({ since: iso(since), until: iso(until) }, false);
  return (
    <>
      <Tiles overview={overview} />
      <div class="charts">
        {charts.map((chart) => (
          <Chart key={chart.title} {...chart} times={overview.times} onZoom={zoom} />
        ))}
      </div>
      <div class="tables">
        <SeriesTable overview={overview} />
        <Cooldowns overview={overview} />
        <PluginTable rows={overview.plugins} />
      </div>
    </>
  );
}

function Tiles({ overview }: { overview: Overview }) {
  const requests = sum(total(overview.series, "requests"));
  const errors = sum(total(overview.series, "errors"));
  const resting = overview.cooldowns.filter((one) => one.now).length;
  const typical = (name: "first_event_p50" | "overhead_p50" | "tokens_per_second") =>
    middle(overview.series.flatMap((one) => one[name]));
  const tiles: [string, string, string][] = [
    ["requests", count(requests), ""],
    ["errors", count(errors), requests > 0 ? percent(errors / requests) : ""],
    ["retries", count(sum(total(overview.series, "retries"))), ""],
    ["fallbacks", count(sum(total(overview.series, "fallbacks"))), ""],
    ["cool-downs", count(overview.cooldowns.length), resting > 0 ? `${count(resting)} now` : ""],
    ["first event", seconds(typical("first_event_p50")), "median"],
    ["overhead", seconds(typical("overhead_p50")), "median"],
    ["speed", `${count(typical("tokens_per_second"))}`, "tokens/s"],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([name, value, note]) => (
        <div key={name} class={name === "errors" && errors > 0 ? "bad" : ""}>
          <dt>{name}</dt>
          <dd>
            {value} <small>{note}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function chartsOf(overview: Overview) {
  const { series } = overview;
  const requests = total(series, "requests");
  const errors = total(series, "errors");
  const answered = requests.map((n, bucket) => n - (errors[bucket] ?? 0));
  const retries = total(series, "retries");
  const fallbacks = total(series, "fallbacks");
  const again = retries.map((n, bucket) => n + (fallbacks[bucket] ?? 0));
  return [
    {
      title: "Requests",
      lines: [
        { label: "failed", values: requests, shown: errors, tone: "--bad", bars: true },
        { label: "answered", values: answered, tone: "--accent", bars: true },
      ],
      format: count,
    },
    {
      title: "Retries and fallbacks",
      lines: some([
        { label: "fallbacks", values: again, shown: fallbacks, tone: "--line-4", bars: true },
        { label: "retries", values: retries, tone: "--line-2", bars: true },
      ]),
      format: count,
    },
    {
      title: "Time to first event",
      note: "median, and dashed 95 of 100",
      lines: [
        ...toned(overview, "first_event_p50", 4),
        ...toned(overview, "first_event_p95", 4, true),
      ],
      format: seconds,
    },
    { title: "Tokens per second", lines: toned(overview, "tokens_per_second", 5), format: count },
    {
      title: "Between events",
      note: "median, and dashed 95 of 100",
      lines: [...toned(overview, "gap_p50", 4), ...toned(overview, "gap_p95", 4, true)],
      format: seconds,
    },
    {
      title: "Overhead of the proxy",
      note: "median",
      lines: toned(overview, "overhead_p50", 5),
      format: seconds,
    },
  ];
}

function some(candidates: Line[]): Line[] {
  return candidates.filter((line) => line.values.some((value) => value));
}

function toned(
  overview: Overview,
  name:
    | "first_event_p50"
    | "first_event_p95"
    | "tokens_per_second"
    | "gap_p50"
    | "gap_p95"
    | "overhead_p50",
  most: number,
  dashed = false,
): Line[] {
  return lines(overview, name, most).map(({ label, values }, index) => ({
    label: dashed ? `${label} p95` : label,
    values,
    tone: TONES[index % TONES.length] ?? "--line-1",
    dashed,
  }));
}

function useOverview(params: Record<string, string>) {
  const [overview, setOverview] = useState<Overview | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const locked = api.locked.value;
  const { since, until, range = "3600", model, deployment } = params;
  useEffect(() => {
    if (locked) return;
    const stop = new AbortController();
    const ask = async () => {
      try {
        const window = {
          since: since ?? iso(Date.now() / 1000 - Number(range)),
          until: until ?? (since ? null : iso(Date.now() / 1000)),
        };
        const wish = {
          ...window,
          buckets: BUCKETS,
          model: model ?? null,
          deployment: deployment ?? null,
        };
        setOverview(await api.overview(wish, stop.signal));
        setFailure(null);
      } catch (error) {
        if (!stop.signal.aborted)
          setFailure(error instanceof Error ? error.message : String(error));
      }
    };
    void ask();
    const timer = until ? null : setInterval(() => !document.hidden && void ask(), EVERY);
    return () => {
      stop.abort();
      if (timer) clearInterval(timer);
    };
  }, [since, until, range, model, deployment, locked]);
  return { overview, failure };
}

function iso(time: number): string {
  return new Date(time * 1000).toISOString();
}
