// Sends the exchange again, or runs it again without a network, and shows what came of it.

import { useEffect, useId, useMemo, useState } from "preact/hooks";
import * as api from "../api";
import { sameAnswer } from "../answer/answer";
import { History, whole } from "../answer/history";
import type { Facets, Replayed, ReplayWish, Trace } from "../contract";
import { framesOut } from "../exchange/stages";
import { count, seconds } from "../format";
import { announced } from "../list/store";
import { go } from "../route";
import { Choice, DiffView } from "../rows/body";

type Way = "online" | "offline";
type Stream = "as it was" | "on" | "off";

export function Replay({ trace }: { trace: Trace }) {
  const { summary } = trace;
  const [way, setWay] = useState<Way>("online");
  const [model, setModel] = useState("");
  const [stream, setStream] = useState<Stream>("as it was");
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<Replayed | Error | null>(null);
  const models = useModels();
  const names = useId();

  const run = async () => {
    setBusy(true);
    setResult(null);
    const wish: ReplayWish =
      way === "offline"
        ? { offline: true }
        : {
            ...(model && { model }),
            ...(stream !== "as it was" && { stream: stream === "on" }),
          };
    setResult(await api.replay(summary.id, wish).catch((error: unknown) => asError(error)));
    setBusy(false);
  };
  return (
    <div class="replay">
      <form
        class="replay-form"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Choice<Way>
          label="How"
          value={way}
          onChange={setWay}
          options={[
            ["Send it again", "online"],
            ["Without a network", "offline"],
          ]}
        />
        {way === "online" && (
          <>
            <label>
              model
              <input
                name="model"
                list={names}
                placeholder={summary.model}
                value={model}
                onInput={(event) => setModel(event.currentTarget.value)}
              />
            </label>
            <datalist id={names}>
              {models.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
            <label>
              stream
              <select
                name="stream"
                value={stream}
                onChange={(event) => setStream(event.currentTarget.value as Stream)}
              >
                <option>as it was</option>
                <option>on</option>
                <option>off</option>
              </select>
            </label>
          </>
        )}
        <button type="submit" class="main" disabled={busy}>
          {busy ? "Running…" : "Replay"}
        </button>
      </form>
      <p class="hint">
        {way === "online"
          ? "The request goes through this proxy again, to a real backend, and is logged as an exchange of its own."
          : "The recorded answers of the backends run through the proxy's plugins as they are configured now; nothing is sent."}
      </p>
      {result instanceof Error && (
        <p class="problem" role="alert">
          {result.message}
        </p>
      )}
      {result && !(result instanceof Error) && (
        <Result key={result.id} result={result} trace={trace} />
      )}
    </div>
  );
}

function Result({ result, trace }: { result: Replayed; trace: Trace }) {
  if (result.id !== undefined) return <Again id={result.id} trace={trace} />;
  return (
    <div class="panel">
      <p class={`verdict ${result.same ? "good" : "bad"}`} role="status">
        <b>{result.same ? "The same." : "Different."}</b>{" "}
        {result.same
          ? "The same requests to the backends, and the same answer."
          : "Lines with − are from the log, lines with + from the replay."}
      </p>
      {result.diff && <Lines text={result.diff} />}
    </div>
  );
}

function Lines({ text }: { text: string }) {
  return (
    <pre class="text-box diff-lines" tabIndex={0}>
      {text.split("\n").map((line, number) => {
        const tone = line.startsWith("-") ? "removed" : line.startsWith("+") ? "added" : "";
        return (
          <span key={number} class={tone}>
            {line}
            {"\n"}
          </span>
        );
      })}
    </pre>
  );
}

/** The new exchange against the old one, while it runs and when it is done. */
function Again({ id, trace }: { id: string; trace: Trace }) {
  const again = useGrowing(id);
  const answers = useMemo(
    () => again && ([answerOf(trace), answerOf(again)] as const),
    [again, trace],
  );
  if (!again || !answers) return <p class="wait">Waiting for the new exchange…</p>;
  const [old, now] = answers;
  const running = again.summary.state === "running";
  return (
    <div class="panel">
      <div class="panel-head" role="status">
        <h3>
          {running
            ? "Running…"
            : sameAnswer(old, now)
              ? "It answered the same"
              : "It answered something else"}
        </h3>
        <button class="quiet push" onClick={() => go({ id, view: "stages" })}>
          Open the new exchange
        </button>
      </div>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">state</th>
            <th scope="col">model</th>
            <th scope="col">tries</th>
            <th scope="col">first event</th>
            <th scope="col">duration</th>
            <th scope="col">tokens out</th>
          </tr>
        </thead>
        <tbody>
          <Line name="then" trace={trace} />
          <Line name="now" trace={again} />
        </tbody>
      </table>
      <DiffView
        before={JSON.stringify(plain(old))}
        after={JSON.stringify(plain(now))}
        label="the answers"
      />
    </div>
  );
}

function Line({ name, trace: { summary } }: { name: string; trace: Trace }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{summary.state}</td>
      <td>{summary.model}</td>
      <td>{summary.attempts ?? "–"}</td>
      <td>{seconds(summary.first_event)}</td>
      <td>{seconds(summary.total)}</td>
      <td>{count(summary.tokens?.output)}</td>
    </tr>
  );
}

function answerOf(trace: Trace) {
  if (trace.delivered?.body != null) return whole(trace.delivered.body);
  const frames = framesOut(trace.out);
  return new History(frames).after(frames.length);
}

function plain({ reasoning, content, calls, finish, error }: ReturnType<typeof answerOf>) {
  return {
    reasoning,
    content,
    tool_calls: calls.map((call) => ({ name: call.name, arguments: call.arguments })),
    finish,
    ...(error !== null && { error }),
  };
}

/** Asks for the exchange, from when it is known, until it has ended. */
function useGrowing(id: string): Trace | null {
  const [trace, setTrace] = useState<Trace | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      await announced(id);
      for (let wait = 100; !stop.signal.aborted; wait = Math.min(wait * 1.5, 2000)) {
        const now = await api.trace(id, stop.signal).catch(() => null);
        if (now && !stop.signal.aborted) setTrace(now);
        if (now && now.summary.state !== "running") return;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    })();
    return () => stop.abort();
  }, [id]);
  return trace;
}

function useModels(): string[] {
  const [models, setModels] = useState<string[]>([]);
  useEffect(() => {
    api.facets().then(
      (facets: Facets) => setModels(facets.models),
      () => undefined,
    );
  }, []);
  return models;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
