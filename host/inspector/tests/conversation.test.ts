import { expect, test } from "vitest";
import { conversation } from "../src/conversation/messages";

test("a tool's result stands at its call", () => {
  const { turns } = conversation({
    messages: [
      { role: "user", content: "Weather?" },
      {
        role: "assistant",
        content: null,
        reasoning_content: "I ask.",
        tool_calls: [
          { id: "1", function: { name: "get", arguments: "{}" } },
          { id: "2", function: { name: "put", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "2", content: "second" },
      { role: "tool", tool_call_id: "1", content: [{ type: "text", text: "first" }] },
      { role: "tool", tool_call_id: "9", content: "nobody asked" },
    ],
  });
  expect(turns.map((turn) => turn.role)).toEqual(["user", "assistant", "tool"]);
  expect(turns[1]?.reasoning).toBe("I ask.");
  expect(turns[1]?.calls.map((call) => call.result)).toEqual([
    [{ kind: "text", text: "first" }],
    [{ kind: "text", text: "second" }],
  ]);
  expect(turns[2]?.stray).toBe("9");
});

test("images, unknown parts and tools are told apart", () => {
  const { turns, tools } = conversation({
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
          { type: "input_audio", input_audio: { data: "" } },
        ],
      },
    ],
    tools: [
      { type: "function", function: { name: "get", description: "gets" } },
      { type: "web_search" },
    ],
  });
  expect(turns[0]?.parts.map((part) => part.kind)).toEqual(["text", "image", "other"]);
  expect(tools.map((tool) => tool.name)).toEqual(["get", "web_search"]);
});

test("items of the responses API become turns", () => {
  const { turns } = conversation({
    instructions: "Be kind.",
    input: [
      { role: "user", content: "Hi" },
      { type: "reasoning", summary: [{ type: "summary_text", text: "Hm" }] },
      { type: "function_call", call_id: "a", name: "get", arguments: "{}" },
      { type: "function_call_output", call_id: "a", output: "ok" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Done" }] },
    ],
  });
  expect(turns.map((turn) => turn.role)).toEqual(["system", "user", "assistant", "assistant"]);
  expect(turns[2]).toMatchObject({
    reasoning: "Hm",
    calls: [{ name: "get", result: [{ text: "ok" }] }],
  });
  expect(turns[3]?.parts).toEqual([{ kind: "text", text: "Done" }]);
});

test("what is no request at all is an empty conversation", () => {
  for (const value of [undefined, null, 3, "x", [], { messages: "no" }, { messages: [null, 1] }]) {
    expect(() => conversation(value as never)).not.toThrow();
  }
  expect(conversation(undefined).turns).toEqual([]);
});
