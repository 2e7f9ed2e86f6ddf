// The six stages: a rail that tells the story, and the one that is looked at.

import { useMemo } from "preact/hooks";
import type { Attempt, Trace } from "../contract";
import { bytes, offset, plural, seconds } from "../format";
import { route, setParams } from "../route";
import { attemptStages, type AttemptStages, isChange, isOf } from "./stages";
import { AnswerPatches } from "./answer-patches";
import { CameBack, ClientGot, ClientSent, Upstream } from "./ends";
import { RequestPatches } from "./request-patches";

export function Stages({ trace }: { trace: Trace }) {
  const { params } = route.value;
  const attempt = chosen(trace, params["attempt"]);
  const stages = useMemo(() => attempt && attemptStages(trace, attempt), [trace, attempt]);
  const stage = Number(params["stage"] ?? "") || firstOfInterest(trace, stages);
  return (
    <div class="stages">
      <nav class="rail" aria-label="Stages">
        <Step n={1} current={stage} title="Client sent" detail={bytes(trace.client?.size)}>
          {trace.client && <Line text={`${trace.client.method} ${trace.client.path}`} />}
        </Step>
        <Attempts trace={trace} current={attempt} />
        {stages && <AttemptSteps stages={stages} stage={stage} trace={trace} />}
        <Step n={6} current={stage} title="Client got" detail={gotDetail(trace)}>
          {trace.end && (
            <Line text={`${trace.end.outcome}${trace.end.reason ? `, ${trace.end.reason}` : ""}`} />
          )}
        </Step>
      </nav>
      <div class="stage">
        <StagePanel stage={stage} trace={trace} stages={stages} />
      </div>
    </div>
  );
}

function StagePanel(props: { stage: number; trace: Trace; stages: AttemptStages | undefined }) {
  const { stage, trace, stages } = props;
  if (stage === 1) return <ClientSent trace={trace} />;
  if (stage === 6) return <ClientGot trace={trace} />;
  if (!stages) return <p class="hint">No deployment was asked: the proxy answered by itself.</p>;
  switch (stage) {
    case 2:
      return <RequestPatches trace={trace} stages={stages} />;
    case 3:
      return <Upstream trace={trace} attempt={stages.attempt} />;
    case 4:
      return <CameBack trace={trace} attempt={stages.attempt} />;
    default:
      return <AnswerPatches trace={trace} stages={stages} />;
  }
}

function changers(n: number): string {
  return n === 0 ? "changed nothing" : `${n} changed it`;
}

function AttemptSteps({
  stages,
  stage,
  trace,
}: {
  stages: AttemptStages;
  stage: number;
  trace: Trace;
}) {
  const { attempt, requestPatches, eventPatches } = stages;
  const touchedBy = [...new Set(eventPatches.map((one) => one.plugin))];
  const changes = eventPatches.filter((one) => isChange(one.change));
  const changedBy = touchedBy.filter((plugin) => changes.some((one) => one.plugin === plugin));
  const remarks = remarksOf(trace, attempt);
  const isBare = trace.summary.level === "metadata";
  const failures = (trace.plugin_failures ?? []).filter((one) => isOf(attempt)(one));
  return (
    <>
      <Step n={2} current={stage} title="Plugins" detail={changers(requestPatches.length)}>
        {requestPatches.map(({ plugin, at }) => (
          <Line key={plugin} mark text={plugin} side={offset(at)} />
        ))}
        {failures.map(({ plugin, at }) => (
          <Line key={plugin} bad text={`${plugin} failed`} side={offset(at)} />
        ))}
      </Step>
      <Step n={3} current={stage} title="Went upstream" detail={bytes(attempt.sent?.size)}>
        <Line text={attempt.target ?? attempt.deployment} side={offset(attempt.sent?.at)} />
      </Step>
      <Step n={4} current={stage} title="Came back" detail={cameDetail(attempt, isBare)}>
        {attempt.head && (
          <Line text={`status ${attempt.head.status}`} side={offset(attempt.head.at)} />
        )}
        {attempt.committed != null && (
          <Line text="first given to client" side={offset(attempt.committed)} />
        )}
        {attempt.failed && (
          <Line bad text={attempt.failed.error} side={offset(attempt.failed.at)} />
        )}
      </Step>
      <Step
        n={5}
        current={stage}
        title="Plugins"
        detail={isBare ? NOT_KEPT : changers(changedBy.length || wholeChanges(trace, attempt))}
      >
        {touchedBy.map((plugin) => {
          const mark = changedBy.includes(plugin);
          const at = (mark ? changes : eventPatches).filter((one) => one.plugin === plugin);
          const side = mark ? plural(at.length, "event") : "held only";
          return <Line key={plugin} mark={mark} text={plugin} side={side} />;
        })}
        {remarks > 0 && <Line text={plural(remarks, "remark")} />}
      </Step>
    </>
  );
}

function Attempts({ trace, current }: { trace: Trace; current: Attempt | undefined }) {
  if (trace.attempts.length < 2) return null;
  return (
    <div class="attempts" role="group" aria-label="Tries">
      {trace.attempts.map((one) => (
        <button
          key={one.number}
          aria-pressed={one === current}
          class={one.failed ? "failed" : ""}
          title={`${one.deployment}: ${one.failed?.error ?? "answered"}`}
          onClick={() => setParams({ attempt: String(one.number) })}
        >
          <b>{one.number}</b> {one.deployment}
          <small>{one.failed ? (one.head?.status ?? "failed") : "answered"}</small>
        </button>
      ))}
    </div>
  );
}

interface StepProps {
  n: number;
  current: number;
  title: string;
  detail: string;
  children?: preact.ComponentChildren;
}

function Step({ n, current, title, detail, children }: StepProps) {
  return (
    <button
      class="step"
      aria-current={n === current ? "step" : undefined}
      onClick={() => setParams({ stage: String(n) })}
    >
      <span class="step-head">
        <b>{n}</b> {title} <small>{detail}</small>
      </span>
      {children}
    </button>
  );
}

function Line(props: { text: string; side?: string; mark?: boolean; bad?: boolean }) {
  return (
    <span class={`step-line ${props.mark ? "changed" : ""} ${props.bad ? "bad-text" : ""}`}>
      <span class="clip">{props.text}</span>
      {props.side && <span class="num faint">{props.side}</span>}
    </span>
  );
}

function chosen(trace: Trace, wanted: string | undefined): Attempt | undefined {
  return trace.attempts.find((one) => String(one.number) === wanted) ?? trace.attempts.at(-1);
}

/** How often plugins wrote to the log. */
function remarksOf({ lines = [] }: Trace, attempt: Attempt): number {
  return lines.filter(isOf(attempt)).length;
}

/** Where it failed, or something was changed or said about it, else what the client sent. */
function firstOfInterest(trace: Trace, stages: AttemptStages | undefined): number {
  if (!stages) return 1;
  const { attempt, eventPatches } = stages;
  if (attempt.failed) return 4;
  if (eventPatches.some(({ change }) => isChange(change)) || remarksOf(trace, attempt) > 0)
    return 5;
  return stages.requestPatches.length > 0 ? 2 : 1;
}

function wholeChanges(trace: Trace, attempt: Attempt): number {
  const { received } = attempt;
  return received && trace.delivered && received.body !== trace.delivered.body ? 1 : 0;
}

const NOT_KEPT = "not kept";

/** `isBare`: the log has no events. */
function cameDetail(attempt: Attempt, isBare: boolean): string {
  if (attempt.received) return bytes(attempt.received.size);
  if (isBare) return NOT_KEPT;
  return attempt.events.length > 0 ? plural(attempt.events.length, "event") : "nothing";
}

function gotDetail(trace: Trace): string {
  if (trace.delivered) return bytes(trace.delivered.size);
  const total = trace.summary.total;
  return `${plural(trace.out.length, "frame")}${total == null ? "" : `, ${seconds(total)}`}`;
}
