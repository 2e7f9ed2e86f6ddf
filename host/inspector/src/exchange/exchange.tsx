// An open exchange: its head, its views.

import type { Trace } from "../contract";
import { Conversation } from "../conversation/conversation";
import { bytes, clock, count, day, offset, percent, plural, seconds } from "../format";
import { Plugins, StateMark } from "../list/row";
import { Prompt } from "../prompt/prompt";
import { Replay } from "../replay/replay";
import { go, route, type View } from "../route";
import { VIEW_KEYS } from "../shell/keys";
import { Timeline } from "../timeline/timeline";
import { Exports } from "./exports";
import { useTrace } from "./load";
import { Stages } from "./stages-view";

export function Exchange({ id }: { id: string }) {
  const loaded = useTrace(id);
  const trace = loaded.trace.value;
  const failure = loaded.failure.value;
  return (
    <section class="pane-exchange" aria-label={`Exchange ${id}`}>
      {trace ? (
        <>
          <Summary trace={trace} />
          <Tabs current={route.value.view} />
          <div class="view" role="tabpanel" aria-labelledby={`tab-${route.value.view}`}>
            <ViewOf view={route.value.view} trace={trace} />
          </div>
        </>
      ) : failure !== null ? (
        <div class="empty" role="alert">
          <h2>This exchange cannot be shown</h2>
          <p>{failure}</p>
          <button onClick={() => go({ id: null })}>Back to the list</button>
        </div>
      ) : (
        <p class="wait">Loading…</p>
      )}
    </section>
  );
}

function ViewOf({ view, trace }: { view: View; trace: Trace }) {
  switch (view) {
    case "stages":
      return <Stages trace={trace} />;
    case "conversation":
      return <Conversation trace={trace} />;
    case "timeline":
      return <Timeline trace={trace} />;
    case "prompt":
      return <Prompt trace={trace} />;
    case "replay":
      return <Replay key={trace.summary.id} trace={trace} />;
  }
}

function Tabs({ current }: { current: View }) {
  return (
    <div class="tabs" role="tablist" aria-label="Views of the exchange">
      {VIEW_KEYS.map(([name, key]) => (
        <button
          key={name}
          id={`tab-${name}`}
          role="tab"
          aria-selected={name === current}
          onClick={() => go({ view: name })}
        >
          {name} <kbd>{key}</kbd>
        </button>
      ))}
    </div>
  );
}

function Summary({ trace }: { trace: Trace }) {
  const { summary, end } = trace;
  const { input, output, cached, reasoning } = summary.tokens ?? {};
  const lost = (summary.notes_dropped ?? 0) > 0;
  return (
    <header class="x-head">
      <div class="x-title">
        <StateMark summary={summary} />
        <h2 title={summary.model}>{summary.model}</h2>
        <span class="faint">
          {summary.deployment ?? "no deployment"}
          {summary.target && summary.target !== summary.model && ` as ${summary.target}`}
        </span>
        <Plugins summary={summary} most={4} />
        <Exports id={summary.id} />
      </div>
      <dl class="facts">
        <Fact name="started" value={`${day(summary.started)} ${clock(summary.started)}`.trim()} />
        <Fact name="first event" value={seconds(summary.first_event)} />
        <Fact name="duration" value={seconds(summary.total)} />
        <Fact name="tries" value={`${summary.attempts ?? trace.attempts.length}`} />
        {input != null && <Fact name="in" value={`${count(input)} tok`} />}
        {cached != null && <Fact name="cached" value={cachedText(cached, input)} />}
        {output != null && <Fact name="out" value={`${count(output)} tok`} />}
        {reasoning != null && <Fact name="reasoning" value={`${count(reasoning)} tok`} />}
        <Fact name="events" value={`${summary.events_in ?? 0} → ${summary.events_out ?? 0}`} />
        <Fact name="sent" value={bytes(summary.bytes_out)} />
        <Fact name="id" value={summary.id} />
      </dl>
      {(summary.error ?? end?.error) && (
        <p class="problem" role="note">
          {summary.error ?? end?.error}
        </p>
      )}
      {summary.level === "metadata" && (
        <p class="problem soft">
          This model is logged at level metadata: bodies, events and what was said are not kept.
        </p>
      )}
      {trace.warnings?.map(({ at, text }) => (
        <p key={`${at}${text}`} class="problem soft">
          {offset(at)} {text}
        </p>
      ))}
      {lost && (
        <p class="problem soft">
          {plural(summary.notes_dropped ?? 0, "note")} did not fit into the log and are missing
          here.
        </p>
      )}
    </header>
  );
}

function cachedText(cached: number, input: number | null | undefined): string {
  return input ? `${count(cached)} tok, ${percent(cached / input)}` : `${count(cached)} tok`;
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={value}>{value}</dd>
    </div>
  );
}
