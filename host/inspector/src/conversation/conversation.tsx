// The conversation as a person reads it. All of it is text: nothing that a model says is markup,
// and only images that are in the request itself are shown.

import { useMemo, useRef, useState } from "preact/hooks";
import { isEmpty } from "../answer/answer";
import { History, whole } from "../answer/history";
import type { Trace } from "../contract";
import { framesIn, framesOut } from "../exchange/stages";
import { beginning, plural } from "../format";
import { parseJson, pretty } from "../json";
import { continues } from "../prompt/prefix";
import { Choice } from "../rows/body";
import {
  answerTurn,
  conversation,
  type Part,
  type Tool,
  type ToolCall,
  type Turn,
} from "./messages";

type Side = "client" | "backend";

export function Conversation({ trace }: { trace: Trace }) {
  const [side, setSide] = useState<Side>("client");
  const { turns, tools, before } = useMemo(() => read(trace, side), [trace, side]);
  const answer = turns.length - 1;
  const list = useRef<HTMLDivElement>(null);
  return (
    <div class="conversation">
      <div class="bar">
        <Choice<Side>
          label="Whose side"
          value={side}
          onChange={setSide}
          options={[
            ["As the client had it", "client"],
            ["As the backend had it", "backend"],
          ]}
        />
        <span class="faint push">
          {plural(turns.length, "turn")}
          {tools.length > 0 && `, ${plural(tools.length, "tool")}`}
        </span>
        {turns.length > 1 && (
          <button class="quiet" onClick={() => list.current?.lastElementChild?.scrollIntoView()}>
            To the end
          </button>
        )}
      </div>
      <div class="turns" ref={list} tabIndex={0} role="region" aria-label="Conversation">
        {tools.length > 0 && <Tools tools={tools} />}
        {before && (
          <p class="hint">
            It goes on from the answer {before}, which the backend keeps with all that was before
            it.
          </p>
        )}
        {turns.length === 0 && <p class="hint">The log has no conversation of this exchange.</p>}
        {turns.map((turn, index) => (
          <TurnView
            key={index}
            turn={turn}
            isAnswer={index === answer && turn.role === "assistant"}
          />
        ))}
      </div>
    </div>
  );
}

function read(trace: Trace, side: Side) {
  const attempt = trace.attempts.at(-1);
  const asked = trace.client?.body;
  const request = side === "client" ? asked : (attempt?.sent?.body ?? asked);
  const body = parseJson(request);
  const { turns, tools } = conversation(body);
  const at = side === "client" ? trace.delivered : attempt?.received;
  const frames = side === "client" ? framesOut(trace.out) : attempt ? framesIn(attempt) : [];
  const answer = at?.body != null ? whole(at.body) : new History(frames).after(frames.length);
  const all = isEmpty(answer) ? turns : [...turns, answerTurn(answer)];
  return { turns: all, tools, before: continues(body) };
}

function Tools({ tools }: { tools: Tool[] }) {
  return (
    <details class="tools">
      <summary>{plural(tools.length, "tool")} offered</summary>
      {tools.map((tool, index) => (
        <details key={index}>
          <summary>
            <code>{tool.name}</code> <span class="faint">{tool.description.slice(0, 160)}</span>
          </summary>
          {tool.description.length > 160 && <p>{tool.description}</p>}
          <pre class="text-box">{JSON.stringify(tool.schema, null, 2)}</pre>
        </details>
      ))}
    </details>
  );
}

function TurnView({ turn, isAnswer }: { turn: Turn; isAnswer: boolean }) {
  const known = ["system", "developer", "user", "assistant", "tool"].includes(turn.role);
  const isInstruction = turn.role === "system" || turn.role === "developer";
  return (
    <article class={`turn ${known ? turn.role : "other"} ${isAnswer ? "answer" : ""}`}>
      <header>
        {isAnswer ? "answer" : turn.role}
        {turn.name && <small> {turn.name}</small>}
        {turn.stray !== null && <small> result without its call {turn.stray}</small>}
      </header>
      <div class="turn-body">
        {turn.reasoning && <Reasoning text={turn.reasoning} />}
        {turn.parts.map((part, index) => (
          <PartView key={index} part={part} isShort={isInstruction} />
        ))}
        {turn.calls.map((call, index) => (
          <CallView key={index} call={call} isAnswer={isAnswer} />
        ))}
      </div>
    </article>
  );
}

export function Reasoning({ text, open = false }: { text: string; open?: boolean }) {
  return (
    <details class="reasoning" open={open}>
      <summary>
        reasoning <span class="faint">{text.length} characters</span>
      </summary>
      <LongText text={text} />
    </details>
  );
}

function PartView({ part, isShort }: { part: Part; isShort?: boolean }) {
  if (part.kind === "text") return <LongText text={part.text} isShort={isShort} />;
  if (part.kind === "image") return <Image url={part.url} />;
  return (
    <details
      class={`part ${part.label === "error" ? "bad-text" : ""}`}
      open={part.label === "error" || part.label === "refusal"}
    >
      <summary>{part.label}</summary>
      <LongText text={part.text} />
    </details>
  );
}

/** Images that lie elsewhere are not fetched: that would tell their owner of the reader. */
function Image({ url }: { url: string }) {
  if (/^data:image\/(png|jpeg|gif|webp|avif);/i.test(url)) {
    return <img class="image" src={url} alt="from the conversation" loading="lazy" />;
  }
  return (
    <p class="part">
      image <code>{url.slice(0, 300)}</code> <span class="faint">is not loaded</span>
    </p>
  );
}

export function CallView({ call, isAnswer = false }: { call: ToolCall; isAnswer?: boolean }) {
  return (
    <div class="call">
      <div class="call-head">
        <b>{call.name || "unnamed"}</b> <span class="faint">{call.id}</span>
      </div>
      <LongText text={pretty(call.arguments)} code />
      {call.result ? (
        <div class="call-result">
          <span class="faint">result</span>
          {call.result.map((part, index) => (
            <ResultView key={index} part={part} />
          ))}
        </div>
      ) : (
        !isAnswer && <p class="faint">no result</p>
      )}
    </div>
  );
}

function ResultView({ part }: { part: Part }) {
  if (part.kind !== "text") return <PartView part={part} />;
  return <LongText text={pretty(part.text)} code />;
}

/** Of a long text its beginning, and the rest if it is wanted. */
const LONGEST = 3000;
/** Of instructions, which stand in the way of what was said. */
const LONGEST_SHORT = 800;
const LINES_SHORT = 12;

interface LongTextProps {
  text: string;
  code?: boolean;
  isShort?: boolean | undefined;
}

export function LongText({ text, code = false, isShort = false }: LongTextProps) {
  const [all, setAll] = useState(false);
  const first = isShort ? beginning(text, LONGEST_SHORT, LINES_SHORT) : beginning(text, LONGEST);
  const shown = all ? text : first;
  return (
    <>
      <div class={`text ${code ? "code" : ""}`}>
        {shown}
        {shown.length < text.length && " …"}
      </div>
      {shown.length < text.length && (
        <button class="quiet" onClick={() => setAll(true)}>
          Show all {text.length} characters
        </button>
      )}
    </>
  );
}
