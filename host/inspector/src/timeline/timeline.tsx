// The stream over time: move the cursor, and see what either side had by then.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Answer } from "../answer/answer";
import { isEmpty } from "../answer/answer";
import { History, whole } from "../answer/history";
import type { Attempt, Body, Trace } from "../contract";
import { CallView, Reasoning } from "../conversation/conversation";
import { framesIn, framesOut } from "../exchange/stages";
import { offset, seconds } from "../format";
import { align, latest } from "./align";
import { Axis, moved } from "./axis";
import { Pairs } from "./pairs";
import { scene as sceneOf } from "./scene";

export function Timeline({ trace }: { trace: Trace }) {
  const scene = useMemo(() => sceneOf(trace), [trace]);
  const [wanted, setWanted] = useState<number | null>(null);
  // Until the reader moves it, the cursor is at the end, also while that moves on.
  const at = wanted === null ? scene.end : Math.min(wanted, scene.end);
  const attempt = attemptAt(trace, at);
  const came = useMemo(() => new History(attempt ? framesIn(attempt) : []), [attempt]);
  const went = useMemo(() => new History(framesOut(trace.out)), [trace]);
  const pairs = useMemo(() => align(attempt?.events ?? [], trace.out), [attempt, trace]);
  const nothing = trace.summary.level === "metadata" ? "The log does not say." : "Nothing yet.";
  const playing = usePlay(at, scene.end, setWanted);

  return (
    <div
      class="timeline"
      onKeyDown={(event) => {
        if ((event.target as HTMLElement).closest(".pairs-scroll, .answer-at")) return;
        const to = moved(scene, at, event.key, event.shiftKey);
        if (to === undefined) return;
        event.preventDefault();
        setWanted(to);
      }}
    >
      <Axis scene={scene} at={at} onMove={setWanted} />
      <div class="bar">
        <button
          class="quiet"
          aria-label="To the event before"
          onClick={() => setWanted(moved(scene, at, "ArrowLeft", false) ?? at)}
        >
          ←
        </button>
        <button class="quiet" aria-pressed={playing.on} onClick={playing.toggle}>
          {playing.on ? "Stop" : "Play"}
        </button>
        <button
          class="quiet"
          aria-label="To the next event"
          onClick={() => setWanted(moved(scene, at, "ArrowRight", false) ?? at)}
        >
          →
        </button>
        <output class="num strong">{offset(at)}</output>
        <span class="faint">of {seconds(scene.end)}</span>
        <span class="faint push">
          {scene.gaps.length > 0 && `longest pause ${seconds(longest(scene.gaps))}`}
        </span>
      </div>
      <div class="answers-at">
        <AnswerAt
          title="The backend had sent"
          answer={answerAt(came, attempt?.events ?? [], attempt?.received, at)}
          nothing={nothing}
        />
        <AnswerAt
          title="The client had"
          answer={answerAt(went, trace.out, trace.delivered, at)}
          nothing={nothing}
        />
      </div>
      <Pairs pairs={pairs} at={at} onMove={setWanted} />
    </div>
  );
}

function answerAt(
  history: History,
  frames: readonly { at: number }[],
  body: (Body & { at: number }) | null | undefined,
  at: number,
): Answer {
  if (body?.body != null && body.at <= at) return whole(body.body);
  return history.after(latest(frames, at));
}

/** The try that was running at a time. */
function attemptAt(trace: Trace, at: number): Attempt | undefined {
  return trace.attempts.findLast((attempt) => attempt.at <= at) ?? trace.attempts[0];
}

function longest(gaps: readonly { from: number; until: number }[]): number {
  return Math.max(...gaps.map((gap) => gap.until - gap.from));
}

function AnswerAt({ title, answer, nothing }: { title: string; answer: Answer; nothing: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [answer]);
  return (
    <section class="answer-at" aria-label={title} ref={box} tabIndex={0}>
      <h3>{title}</h3>
      {isEmpty(answer) && <p class="hint">{nothing}</p>}
      {answer.reasoning && <Reasoning text={answer.reasoning} open />}
      {answer.content && <div class="text">{answer.content}</div>}
      {answer.refusal && <div class="text bad-text">{answer.refusal}</div>}
      {answer.calls.map((call) => (
        <CallView key={call.key} call={{ ...call, result: null }} isAnswer />
      ))}
      {answer.error !== null && <p class="problem">{answer.error}</p>}
      {answer.finish && <p class="faint">ended: {answer.finish}</p>}
    </section>
  );
}

/** Moves the cursor as fast as the stream was. */
function usePlay(at: number, end: number, onMove: (at: number) => void) {
  const [on, setOn] = useState(false);
  const from = useRef({ clock: 0, at: 0 });
  useEffect(() => {
    if (!on) return;
    let frame = 0;
    const tick = () => {
      const now = from.current.at + (performance.now() - from.current.clock) / 1000;
      onMove(Math.min(now, end));
      if (now >= end) setOn(false);
      else frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [on, end]);
  const toggle = () => {
    from.current = { clock: performance.now(), at: at >= end ? 0 : at };
    setOn(!on);
  };
  return { on, toggle };
}
