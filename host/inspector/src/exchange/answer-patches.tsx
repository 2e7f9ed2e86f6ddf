// What plugins changed in the answer: all of it at once, and event by event.

import { useMemo, useState } from "preact/hooks";
import { type Answer, isEmpty } from "../answer/answer";
import { History } from "../answer/history";
import type { Trace } from "../contract";
import { offset } from "../format";
import { BodyView, Choice, DiffView } from "../rows/body";
import { NotKept, Panel } from "./ends";
import { PickList } from "./pick-list";
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

function EventPatches({ patches }: { patches: EventPatch[] }) {
  return (
    <PickList
      items={patches}
      label="Changed events"
      line={({ event, at, plugin, change }) => (
        <>
          <span class="num faint">{event || "·"}</span>
          <span class="num">{offset(at)}</span>
          <span />
          <span class="clip">
            <b>{plugin}</b> {deed(change)}
          </span>
        </>
      )}
      detail={(patch) => <EventPatchView patch={patch} />}
    />
  );
}

function EventPatchView({ patch }: { patch: EventPatch }) {
  const { plugin, event, change, before, after } = patch;
  const title = (
    <b>
      event {event}, {plugin}
    </b>
  );
  if (after && after.length > 0) {
    return (
      <DiffView before={before} after={after.join("\n")} label="the event after the plugin">
        {title}
      </DiffView>
    );
  }
  return (
    <BodyView text={before} label="the event before the plugin">
      {title}
      <span class="faint">
        {deed(change)}
        {after ? ": nothing went on at this event" : "; what it gave is not in the log"}
      </span>
    </BodyView>
  );
}
