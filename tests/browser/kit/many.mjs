// Logs of many exchanges, and of a large one, as the proxy writes them.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

const MODELS = ["kimi", "qwen3", "glm", "deepseek"];

/** `count` small logs, a second apart, the newest a minute ago. */
export function writeMany(folder, count) {
  const now = Date.now() - 60_000;
  for (let number = 0; number < count; number++) {
    const started = new Date(now - (count - number) * 1000);
    const model = MODELS[number % MODELS.length];
    const request = JSON.stringify({
      model,
      messages: [{ role: "user", content: `Question ${number}` }],
      stream: true,
    });
    const text = [
      ...head(`many-${number}`, started, model),
      ...body(request),
      "",
      ...answered(model, request.length),
      '< +0.200000 1 data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}',
      "",
      "=== +0.300000 end success",
      "status: 200",
      "reason: done",
      `deployment: ${model}#1`,
      'usage: {"prompt_tokens":100,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":60}}',
      "attempts: 1",
      "events_in: 1",
      "events_out: 1",
      "bytes_out: 60",
      "first_event: 0.200000",
      "total: 0.300000",
      "",
    ].join("\n");
    writeFileSync(join(folder, name(started, `many-${number}`, model)), text);
  }
}

/** A request of a megabyte, changed by a plugin, and `events` events. */
export function writeLarge(folder, events) {
  const started = new Date(Date.now() - 30_000);
  const messages = Array.from({ length: 300 }, (_, n) => ({
    role: n % 2 ? "assistant" : "user",
    content: `${n} ${"Some words of a long conversation, with all that was said. ".repeat(60)}`,
  }));
  const request = JSON.stringify({ model: "large", messages, stream: true });
  const rest = request.slice('{"model":"large"'.length);
  const lines = [
    ...head("large-1", started, "large"),
    ...body(request),
    "",
    "=== +0.002000 attempt 1",
    "deployment: large#1",
    "backend: http://127.0.0.1:1/v1",
    "url: http://127.0.0.1:1/v1/chat/completions",
    "target: larger",
    "",
    "=== +0.003000 patched model-rewrite",
    `body: ${rest.length + 17}, changed at 1`,
    '-. "model":"large"',
    '+. "model":"larger"',
    "",
    "=== +0.004000 sent",
    "    content-type: application/json",
    `body: ${rest.length + 17}, as before`,
    "",
    "=== +0.100000 head 200 OK",
    "    content-type: text/event-stream",
  ];
  for (let number = 1; number <= events; number++) {
    const at = (0.2 + number * 0.01).toFixed(6);
    const delta = JSON.stringify({ content: `word${number} ` });
    lines.push(`< +${at} ${number} data: {"id":"c","choices":[{"index":0,"delta":${delta}}]}`);
    if (number === 1) lines.push("", `=== +${at} committed`);
  }
  lines.push(
    "",
    `=== +${(0.3 + events * 0.01).toFixed(6)} end success`,
    "status: 200",
    "reason: done",
    "deployment: large#1",
    "attempts: 1",
    `events_in: ${events}`,
    `events_out: ${events}`,
    "bytes_out: 400000",
    "first_event: 0.210000",
    `total: ${(0.3 + events * 0.01).toFixed(6)}`,
    "",
  );
  writeFileSync(join(folder, name(started, "large-1", "large")), lines.join("\n"));
}

function head(id, started, model) {
  return [
    "yallmp log 1",
    `id: ${id}`,
    `started: ${started.toISOString().replace("Z", "000Z")}`,
    `model: ${model}`,
    "level: full",
    "",
    "=== +0.000000 request POST /v1/chat/completions",
    "host: 127.0.0.1",
    "streaming: yes",
    "    content-type: application/json",
  ];
}

function answered(model, size) {
  return [
    "=== +0.001000 attempt 1",
    `deployment: ${model}#1`,
    "backend: http://127.0.0.1:1/v1",
    "url: http://127.0.0.1:1/v1/chat/completions",
    `target: ${model}`,
    "",
    "=== +0.002000 sent",
    "    content-type: application/json",
    `body: ${size}, as before`,
    "",
    "=== +0.100000 head 200 OK",
    "    content-type: text/event-stream",
  ];
}

function body(text) {
  return [`body: ${Buffer.byteLength(text)}`, `. ${text}`];
}

function name(started, id, model) {
  const [date, time] = started.toISOString().split("T");
  return `${date.replaceAll("-", "")}_${time.slice(0, 8).replaceAll(":", "")}-${id}_${model}.log`;
}
