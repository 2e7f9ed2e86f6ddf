// What the worker is asked for, and the asking.

import type { Difference } from "./diff";
import type { Row } from "./row";

export type Task =
  | { kind: "print"; text: string; columns: number; raw: boolean }
  | { kind: "diff"; before: string; after: string; columns: number };

export interface Done {
  print: Row[];
  diff: Difference;
}

let worker: Worker | null = null;
let asked = 0;
const waiting = new Map<number, (result: unknown) => void>();

/** Runs a task beside the page. A result that nobody wants any more is thrown away there. */
export function work<K extends Task["kind"]>(task: Extract<Task, { kind: K }>): Promise<Done[K]> {
  worker ??= start();
  const number = ++asked;
  worker.postMessage({ number, task });
  return new Promise((resolve) => waiting.set(number, resolve as (result: unknown) => void));
}

function start(): Worker {
  const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  started.onmessage = ({ data }: MessageEvent<{ number: number; result: unknown }>) => {
    waiting.get(data.number)?.(data.result);
    waiting.delete(data.number);
  };
  return started;
}
