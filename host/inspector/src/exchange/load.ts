// The trace of the open exchange. That of a running one is asked for again as it grows.

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import * as api from "../api";
import type { Trace } from "../contract";

/** Milliseconds between two looks at a running exchange, at least. */
const PAUSE = 300;

export class Loaded {
  readonly trace = signal<Trace | null>(null);
  readonly failure = signal<string | null>(null);
  readonly #stop = new AbortController();

  constructor(readonly id: string) {}

  async run(): Promise<void> {
    await this.#ask();
    if (this.#running()) await this.#follow();
  }

  stop(): void {
    this.#stop.abort();
  }

  #running(): boolean {
    return this.trace.value?.summary.state === "running" && !this.#stop.signal.aborted;
  }

  async #follow(): Promise<void> {
    let due: ReturnType<typeof setTimeout> | null = null;
    // Frames say that there is something new; what it is, with what plugins did, says the trace.
    const frame = () => {
      due ??= setTimeout(async () => {
        const began = performance.now();
        await this.#ask();
        // A large trace is not asked for so often that the page does nothing else.
        const rest = (performance.now() - began) * 3;
        setTimeout(() => (due = null), rest);
      }, PAUSE);
    };
    try {
      await api.live({ frame }, this.#stop.signal, this.id);
    } catch {
      // It has ended, or the proxy has: the trace tells.
    }
    if (due) clearTimeout(due);
    for (let tries = 0; tries < 20; tries++) {
      await this.#ask();
      if (!this.#running()) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  async #ask(): Promise<void> {
    try {
      this.trace.value = await api.trace(this.id, this.#stop.signal);
      this.failure.value = null;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.failure.value = error instanceof Error ? error.message : String(error);
    }
  }
}

export function useTrace(id: string): Loaded {
  const loaded = useMemo(() => new Loaded(id), [id]);
  const locked = api.locked.value;
  useEffect(() => {
    if (!locked) void loaded.run();
  }, [loaded, locked]);
  useEffect(() => () => loaded.stop(), [loaded]);
  return loaded;
}
