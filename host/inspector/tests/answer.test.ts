import { expect, test } from "vitest";
import { isEmpty, sameAnswer } from "../src/answer/answer";
import { History, whole } from "../src/answer/history";

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (delta: unknown, finish: string | null = null) =>
  data({ choices: [{ index: 0, delta, finish_reason: finish }] });

test("chunks of a chat completion come together: thoughts, text, calls in pieces", () => {
  const frames = [
    chunk({ role: "assistant", content: "" }),
    ": ping\n\n",
    chunk({ reasoning_content: "Hm. " }),
    chunk({ reasoning: "Well." }),
    chunk({ content: "Let me " }),
    chunk({ content: "look." }),
    chunk({ tool_calls: [{ index: 0, id: "a", function: { name: "get", arguments: '{"x"' } }] }),
    chunk({ tool_calls: [{ index: 1, id: "b", function: { name: "put", arguments: "{}" } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: ":1}" } }] }),
    chunk({}, "tool_calls"),
    "data: [DONE]\n\n",
  ];
  const answer = new History(frames).after(frames.length);
  expect(answer).toMatchObject({
    reasoning: "Hm. Well.",
    content: "Let me look.",
    finish: "tool_calls",
    calls: [
      { id: "a", name: "get", arguments: '{"x":1}' },
      { id: "b", name: "put", arguments: "{}" },
    ],
  });
});

test("any moment can be looked at, in any order, also far into a long stream", () => {
  const frames = Array.from({ length: 1000 }, (_, n) => chunk({ content: `${n} ` }));
  const history = new History(frames);
  const text = (n: number) => Array.from({ length: n }, (_, i) => `${i} `).join("");
  for (const n of [700, 3, 0, 1000, 128, 127, 129]) expect(history.after(n).content).toBe(text(n));
  expect(history.after(5000).content).toBe(text(1000));
  expect(isEmpty(history.after(-1))).toBe(true);
});

test("a moment that was looked at is not changed by a later one", () => {
  const call = (args: string) =>
    chunk({ tool_calls: [{ index: 0, function: { arguments: args } }] });
  const history = new History([call("a"), ...Array.from({ length: 300 }, () => call("b"))]);
  const early = history.after(129);
  history.after(301);
  expect(early.calls[0]?.arguments).toHaveLength(129);
});

test("events of the responses API come together", () => {
  const events = [
    { type: "response.created", response: {} },
    { type: "response.reasoning_summary_text.delta", output_index: 0, delta: "Think." },
    { type: "response.output_item.added", output_index: 1, item: { type: "message" } },
    { type: "response.output_text.delta", output_index: 1, delta: "Hel" },
    { type: "response.output_text.delta", output_index: 1, delta: "lo" },
    {
      type: "response.output_item.added",
      output_index: 2,
      item: { type: "function_call", call_id: "c", name: "f" },
    },
    { type: "response.function_call_arguments.delta", output_index: 2, delta: "{}" },
    { type: "response.completed", response: { status: "completed", output: [] } },
  ];
  const frames = events.map((event) => `event: ${event.type}\n${data(event)}`);
  expect(new History(frames).after(frames.length)).toMatchObject({
    reasoning: "Think.",
    content: "Hello",
    calls: [{ id: "c", name: "f", arguments: "{}" }],
    finish: "completed",
  });
});

test("a whole answer of either API is read", () => {
  const chat = {
    choices: [{ message: { content: "Hi", reasoning_content: "R" }, finish_reason: "stop" }],
  };
  expect(whole(JSON.stringify(chat))).toMatchObject({
    content: "Hi",
    reasoning: "R",
    finish: "stop",
  });
  const response = {
    object: "response",
    status: "completed",
    output: [{ type: "message", content: [{ type: "output_text", text: "Hi" }] }],
  };
  expect(whole(JSON.stringify(response))).toMatchObject({ content: "Hi", finish: "completed" });
});

test("thoughts and texts in a list, as Mistral sends them, are told apart", () => {
  const frame = chunk({
    content: [
      { type: "thinking", thinking: [{ type: "text", text: "Hm" }] },
      { type: "text", text: "Yes" },
    ],
  });
  expect(new History([frame]).after(1)).toMatchObject({ reasoning: "Hm", content: "Yes" });
});

test("an error in a stream is shown, and rubbish changes nothing", () => {
  const frames = [
    "data: {broken\n\n",
    'data: [1,"2"]\n\n',
    "data: null\n\n",
    data({ error: { message: "cut" } }),
  ];
  expect(new History(frames).after(3)).toEqual(new History([]).after(0));
  expect(new History(frames).after(4).error).toBe("cut");
});

test("answers are the same whatever the ids of their calls", () => {
  const of = (id: string, args: string) =>
    new History([
      chunk({ tool_calls: [{ index: 0, id, function: { name: "f", arguments: args } }] }),
    ]).after(1);
  expect(sameAnswer(of("a", "1"), of("b", "1"))).toBe(true);
  expect(sameAnswer(of("a", "1"), of("a", "2"))).toBe(false);
});
