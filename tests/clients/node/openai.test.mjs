// The OpenAI SDK for Node as a client of the proxy, which `../run` starts.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const baseURL = `${process.env.YALLMP_URL}/v1`;
const client = new OpenAI({ baseURL, apiKey: "sk-test-key", maxRetries: 0 });
const messages = [{ role: "user", content: "What is the weather in Oslo?" }];
const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      parameters: { type: "object", properties: { city: { type: "string" } } },
    },
  },
];

test("a whole answer", async () => {
  const answer = await client.chat.completions.create({ model: "plain", messages });
  assert.ok(answer.choices[0].message.content);
  assert.equal(answer.choices[0].finish_reason, "stop");
});

test("a streamed answer", async () => {
  const stream = await client.chat.completions.create({ model: "plain", messages, stream: true });
  let text = "";
  let finish = null;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  assert.ok(text);
  assert.equal(finish, "stop");
});

test("a leaked tool call, whole and streamed", async () => {
  const whole = await client.chat.completions.create({ model: "leaky-tools", messages, tools });
  const streamed = await client.chat.completions
    .stream({ model: "leaky-tools", messages, tools })
    .finalChatCompletion();
  for (const answer of [whole, streamed]) {
    const [choice] = answer.choices;
    assert.equal(choice.finish_reason, "tool_calls");
    assert.equal(choice.message.tool_calls[0].function.name, "get_weather");
    assert.ok("city" in JSON.parse(choice.message.tool_calls[0].function.arguments));
  }
});

test("models", async () => {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.ok(names.includes("plain"));
});

test("error types", async () => {
  const ask = (model, more = {}) => client.chat.completions.create({ model, messages, ...more });
  await assert.rejects(ask("plane"), OpenAI.NotFoundError);
  await assert.rejects(ask("plain", { messages: [] }), OpenAI.BadRequestError);
  await assert.rejects(ask("nobody-there"), OpenAI.InternalServerError);
  const stranger = new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 });
  await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
});

test("a stream that dies rejects", async () => {
  const stream = await client.chat.completions.create({
    model: "dies-midstream",
    messages,
    stream: true,
  });
  await assert.rejects(async () => {
    for await (const _ of stream);
  }, OpenAI.APIError);
});
