// Runs beside the page, so that a large body never makes it stop.

import { parseJson } from "../json";
import { diffBodies } from "./diff";
import { printJson, printText } from "./print";
import type { Task } from "./work";

function run(task: Task): unknown {
  if (task.kind === "diff") return diffBodies(task.before, task.after, task.columns);
  const value = task.raw ? undefined : parseJson(task.text);
  return value === undefined ? printText(task.text, task.columns) : printJson(value, task.columns);
}

self.onmessage = ({ data }: MessageEvent<{ number: number; task: Task }>) => {
  self.postMessage({ number: data.number, result: run(data.task) });
};
