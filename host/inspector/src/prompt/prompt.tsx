// Which region of the prompt changed since the turn before, and what the backend had cached.

import { useEffect, useMemo, useState } from "preact/hooks";
import * as api from "../api";
import type { Trace } from "../contract";
import { bytes, count, percent } from "../format";
import { parseJson } from "../json";
import { go } from "../route";
import { Choice, DiffView } from "../rows/body";
import { type Comparison, compare, continues } from "./prefix";

type Side = "backend" | "client";

export function Prompt({ trace }: { trace: Trace }) {
  const before = usePrevious(trace.summary.id);
  const [side, setSide] = useState<Side>("backend");
  const both = useMemo(() => {
    if (!before || before === "none" || before instanceof Error) return null;
    return {
      client: compare(parseJson(before.client?.body), parseJson(trace.client?.body)),
      backend: compare(parseJson(sent(before)), parseJson(sent(trace))),
    };
  }, [before, trace]);

  if (before === null) return <p class="wait">Looking for the turn before…</p>;
  if (before instanceof Error) return <p class="problem">{before.message}</p>;
  const named = continues(parseJson(trace.client?.body));
  if (before === "none" || !both) {
    return (
      <div class="prompt">
        <Cached trace={trace} share={null} />
        <p class="hint">
          {named
            ? `This turn goes on from the answer ${named}, which is not in the log.`
            : "This is the first turn of its conversation, as far as the log knows. The next turn of it will be compared with this one."}
        </p>
      </div>
    );
  }
  const shown = both[side];
  return (
    <div class="prompt">
      <Verdict both={both} trace={trace} />
      <div class="bar">
        <Choice<Side>
          label="Whose request"
          value={side}
          onChange={setSide}
          options={[
            ["As the backend got it", "backend"],
            ["As the client sent it", "client"],
          ]}
        />
        <button class="quiet push" onClick={() => go({ id: before.summary.id })}>
          Open the turn before
        </button>
      </div>
      <Bar comparison={shown} />
      <Cached trace={trace} share={shown.share} />
      {shown.settings.length > 0 && (
        <p class="hint">Other settings that differ: {shown.settings.join(", ")}.</p>
      )}
      <Break comparison={shown} />
    </div>
  );
}

function Verdict({
  both,
  trace,
}: {
  both: { client: Comparison; backend: Comparison };
  trace: Trace;
}) {
  const { client, backend } = both;
  const broken = backend.brokenAt === null ? null : backend.regions[backend.brokenAt];
  const reported = cachedShare(trace);
  if (backend.brokenAt === null) {
    const low = reported !== null && reported < backend.share / 2;
    return (
      <p class={`verdict ${low ? "soft" : "good"}`}>
        <b>
          {continues(parseJson(sent(trace)))
            ? "This turn goes on from an answer that the backend keeps."
            : "The prompt begins as the turn before did."}
        </b>{" "}
        {percent(backend.share)} of it can come from the backend's cache
        {reported === null
          ? "; the backend does not say whether it did."
          : `; ${percent(reported)} did.`}
        {low && " Its cache may have been cleared, or another server has answered."}
      </p>
    );
  }
  return (
    <p class="verdict bad">
      <b>The prompt cache breaks at {broken ? broken.label : "the end: regions are gone"}.</b>{" "}
      {percent(backend.share)} of the prompt is as before.{" "}
      {client.brokenAt === null
        ? "The client's own request begins as before: a plugin changed it."
        : client.brokenAt <= backend.brokenAt
          ? "The client sent it differently."
          : `A plugin changed it: the client's own request is as before up to ${client.regions[client.brokenAt]?.label ?? "its end"}.`}
    </p>
  );
}

function Bar({ comparison }: { comparison: Comparison }) {
  const words = { same: "as before", changed: "changed", behind: "read anew", new: "new" };
  return (
    <div>
      <div
        class="prefix"
        role="img"
        aria-label={`${percent(comparison.share)} of the prompt is as before`}
      >
        {comparison.regions.map((region, index) => (
          <span
            key={index}
            class={`${region.fate} ${region.kind}`}
            style={{ flexGrow: String(region.text.length) }}
            title={`${region.label}: ${words[region.fate]}, ${bytes(region.text.length)}`}
          />
        ))}
      </div>
      <ul class="legend">
        {(["same", "changed", "behind", "new"] as const).map((fate) => {
          const some = comparison.regions.filter((region) => region.fate === fate);
          if (some.length === 0) return null;
          const size = some.reduce((total, region) => total + region.text.length, 0);
          return (
            <li key={fate}>
              <i class={fate} /> {words[fate]}: {some.length}{" "}
              {some.length === 1 ? "region" : "regions"}, {bytes(size)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Cached({ trace, share }: { trace: Trace; share: number | null }) {
  const { input, cached } = trace.summary.tokens ?? {};
  const reported = cachedShare(trace);
  return (
    <div class="cached">
      <div class="prefix" role="img" aria-label="Tokens that the backend had cached">
        <span class="same" style={{ flexGrow: String(reported ?? 0) }} />
        <span class="unread" style={{ flexGrow: String(1 - (reported ?? 0)) }} />
      </div>
      <p>
        {cached == null
          ? `The backend reports no cached tokens${input == null ? "" : ` of ${count(input)}`}.`
          : `${count(cached)} of ${count(input)} tokens came from the backend's cache, ${percent(reported)}.`}
        {share !== null && cached != null && (
          <span class="faint"> Possible were about {percent(share)}.</span>
        )}
      </p>
    </div>
  );
}

function Break({ comparison }: { comparison: Comparison }) {
  const { brokenAt, was, regions } = comparison;
  if (brokenAt === null) return null;
  const now = regions[brokenAt];
  return (
    <div class="panel">
      <div class="panel-head">
        <h3>{now?.label ?? was?.label}</h3>
        <span class="faint">the first difference</span>
      </div>
      <DiffView before={was?.text ?? ""} after={now?.text ?? ""} label="the region that changed" />
    </div>
  );
}

function sent(trace: Trace): string | null {
  return trace.attempts.at(-1)?.sent?.body ?? trace.client?.body ?? null;
}

function cachedShare(trace: Trace): number | null {
  const { input, cached } = trace.summary.tokens ?? {};
  return input && cached != null ? cached / input : null;
}

function usePrevious(id: string): Trace | "none" | Error | null {
  const [found, setFound] = useState<Trace | "none" | Error | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    setFound(null);
    const look = async (): Promise<Trace | "none"> => {
      const previous = await api.previous(id, stop.signal);
      return previous.id === null ? "none" : api.trace(previous.id, stop.signal);
    };
    look().then(setFound, (error: unknown) => {
      if (!stop.signal.aborted) setFound(error instanceof Error ? error : new Error(String(error)));
    });
    return () => stop.abort();
  }, [id]);
  return found;
}
