// One exchange in the list: a line of columns, or two lines beside an open exchange.

import { memo } from "preact/compat";
import type { Summary } from "../contract";
import { clock, count, day, seconds } from "../format";

interface Props {
  summary: Summary;
  compact: boolean;
}

export const ExchangeRow = memo(function ExchangeRow({ summary, compact }: Props) {
  return compact ? <TwoLines summary={summary} /> : <Columns summary={summary} />;
});

/** Names of the columns of `Columns`, in order. */
export const COLUMNS = [
  "time",
  "status",
  "model",
  "conversation",
  "deployment",
  "tries",
  "tokens",
  "first event",
  "duration",
  "changed by",
];

function Columns({ summary }: { summary: Summary }) {
  return (
    <div class="x-columns">
      <span class="num faint">{time(summary.started)}</span>
      <span>
        <StateMark summary={summary} />
      </span>
      <span class="clip strong" title={summary.model}>
        {summary.model}
      </span>
      <Title summary={summary} />
      <span class="clip faint" title={summary.deployment ?? ""}>
        {summary.deployment ?? "–"}
        {summary.fell_back && <em class="tag warn">fell back</em>}
      </span>
      <span class={`num ${(summary.attempts ?? 1) > 1 ? "warn-text" : "faint"}`}>
        {summary.attempts ?? "–"}
      </span>
      <TokenCounts summary={summary} />
      <span class="num">{seconds(summary.first_event)}</span>
      <span class="num">{duration(summary)}</span>
      <Plugins summary={summary} most={3} />
    </div>
  );
}

function TwoLines({ summary }: { summary: Summary }) {
  const changed = summary.changed_by?.length ?? 0;
  return (
    <div class="x-two">
      <div>
        <StateMark summary={summary} />
        <span class="clip strong">{summary.model}</span>
        <span class="num push">{duration(summary)}</span>
      </div>
      <div class="faint">
        <span class="num">{time(summary.started)}</span>
        <Title summary={summary} />
        {(summary.attempts ?? 1) > 1 && <span class="tag warn">{summary.attempts}×</span>}
        {changed > 0 && (
          <span class="tag" title={`changed by ${summary.changed_by?.join(", ")}`}>
            ±{changed}
          </span>
        )}
      </div>
    </div>
  );
}

function Title({ summary }: { summary: Summary }) {
  const text = summary.state === "error" && summary.error ? summary.error : summary.title;
  const tone = summary.state === "error" && summary.error ? "bad-text" : "faint";
  return (
    <span class={`clip grow ${tone}`} title={text ?? ""}>
      {text || summary.path}
    </span>
  );
}

/** Its colour and its word: neither is needed to understand the other. */
export function StateMark({ summary }: { summary: Summary }) {
  const words = { running: "running", success: "ok", error: "error", cancelled: "left" };
  const { state, status } = summary;
  const refused = state === "error" && status != null && status >= 400;
  const word = refused ? String(status) : words[state];
  return <span class={`state ${summary.state}`}>{word ?? summary.state}</span>;
}

function TokenCounts({ summary }: { summary: Summary }) {
  const { input, output, cached } = summary.tokens ?? {};
  if (input == null && output == null) return <span class="num faint">–</span>;
  const share = input && cached ? Math.round((cached / input) * 100) : null;
  const title = `${input ?? "?"} in, ${output ?? "?"} out, ${cached ?? "no"} cached`;
  return (
    <span class="num tokens" title={title}>
      {count(input)} <i>→</i> {count(output)}
      {share !== null && share > 0 && <small> {share}%</small>}
    </span>
  );
}

export function Plugins({ summary, most }: { summary: Summary; most: number }) {
  const names = summary.changed_by ?? [];
  const failed = summary.failed_plugins ?? [];
  const rest = names.length - most;
  return (
    <span class="plugins" title={names.join(", ")}>
      {failed.map((name) => (
        <em key={`!${name}`} class="tag bad">
          {name} failed
        </em>
      ))}
      {names.slice(0, most).map((name) => (
        <em key={name} class="tag">
          {name}
        </em>
      ))}
      {rest > 0 && <em class="tag">+{rest}</em>}
    </span>
  );
}

/** Nothing yet of one that runs: what it will be is not known, and its last sign of life is none. */
function duration({ state, total }: Summary): string {
  return state === "running" ? "…" : seconds(total);
}

function time(started: string): string {
  const date = day(started);
  return date ? `${date} ${clock(started)}` : clock(started);
}
