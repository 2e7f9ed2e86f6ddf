// What plugins changed in the answer: all of it at once, and event by event.

import { useMemo, useRef, useState } from "preact/hooks";
import { type Answer, isEmpty } from "../answer/answer";
import { History } from "../answer/history";
import type { Trace } from "../contract";
import { offset } from "../format";
import { Choice, DiffView } from "../rows/body";
import { useVirtual } from "../rows/virtual";
import { NotKept, Panel } from "./ends";
import { Remarks } from "./remarks";
import { type AttemptStages, deed, type EventPatch, framesIn, framesOut } from "./stages";

export function AnswerPatches({ trace, stages }: { trace: Trace; stages: AttemptStages }) {
  const { attempt, eventPatches, answered } = stages;
  const [byEvent, setByEvent] = useState(false);
  const { received } = attempt;
  const { delivered } = trace;
  return (
    <Panel title="What plugins changed in the answer" note={`of ${attempt.deployment}`}>
      {received && delivered && answered ? (
        received.body != null && delivered.body != null ? (
          <DiffView
            before={received.body}
            after={delivered.body}
            label="the answer after the plugins"
          />
        ) : (
          <NotKept level={trace.summary.level} text="The answer is not in the log." />
        )
      ) : (
        <>
          {eventPatches.length > 0 && answered && (
            <Choice<boolean>
              label="What is compared"
              value={byEvent}
              onChange={setByEvent}
              options={[
                ["The answer", false],
                ["Event by event", true],
              ]}
            />
          )}
          {eventPatches.length === 0 ? (
            <p class="hint">No plugin changed an event. The client got them byte for byte.</p>
          ) : byEvent || !answered ? (
            <EventPatches patches={eventPatches} />
          ) : (
            <Answers trace={trace} stages={stages} />
          )}
        </>
      )}
      <Remarks trace={trace} attempt={attempt} hooks="answer" />
    </Panel>
  );
}

function Answers({ trace, stages }: { trace: Trace; stages: AttemptStages }) {
  const [before, after] = useMemo(() => {
    const came = framesIn(stages.attempt);
    const went = framesOut(trace.out);
    return [
      readable(new History(came).after(came.length)),
      readable(new History(went).after(went.length)),
    ];
  }, [trace, stages]);
  return <DiffView before={before} after={after} label="the answer, put together" />;
}

/** An answer as JSON in which a person finds what changed. */
function readable(answer: Answer): string {
  if (isEmpty(answer)) return "{}";
  const { reasoning, content, refusal, calls, finish, error } = answer;
  return JSON.stringify({
    ...(reasoning && { reasoning }),
    ...(content && { content }),
    ...(refusal && { refusal }),
    ...(calls.length > 0 && {
      tool_calls: calls.map((call) => ({ name: call.name, arguments: parsed(call.arguments) })),
    }),
    finish_reason: finish,
    ...(error !== null && { error }),
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const HEIGHT = 23;

function EventPatches({ patches }: { patches: EventPatch[] }) {
  const scroll = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState(0);
  const virtual = useVirtual(patches.length, HEIGHT, scroll);
  const patch = patches[Math.min(chosen, patches.length - 1)];
  return (
    <div class="frames">
      <div
        class="frames-scroll"
        ref={scroll}
        role="listbox"
        aria-label="Changed events"
        tabIndex={0}
      >
        <div class="rows-all" style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const one = patches[index];
            return (
              one && (
                <div
                  key={index}
                  class="frame-line"
                  role="option"
                  aria-selected={index === chosen}
                  style={{ transform: `translateY(${start}px)` }}
                  onClick={() => setChosen(index)}
                >
                  <span class="num faint">{one.event || "·"}</span>
                  <span class="num">{offset(one.at)}</span>
                  <span />
                  <span class="clip">
                    <b>{one.plugin}</b> {deed(one.change)}
                  </span>
                </div>
              )
            );
          })}
        </div>
      </div>
      {patch &&
        (patch.after ? (
          <DiffView
            before={patch.before}
            after={joined(patch.after)}
            label="the event after the plugin"
          >
            <b>
              event {patch.event}, {patch.plugin}
            </b>
          </DiffView>
        ) : (
          <p class="hint">
            {patch.plugin} {deed(patch.change)}. What it gave is not in the log.
          </p>
        ))}
    </div>
  );
}

/** One event is compared with one as JSON; several stand below each other. */
function joined(given: string[]): string {
  return given.length === 1 ? (given[0] ?? "") : given.join("\n");
}
