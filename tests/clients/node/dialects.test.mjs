// Tool calls in every dialect that leaks, read by the OpenAI SDK for Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const { url, request, cases } = JSON.parse(process.env.YALLMP_DIALECTS);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-test-key", maxRetries: 0 });

async function* answers(model) {
  const asked = { model, messages: request.messages, tools: request.tools };
  yield (await client.chat.completions.create(asked)).choices[0];
  yield (await client.chat.completions.stream(asked).finalChatCompletion()).choices[0];
}

const calls = (choice) =>
  (choice.message.tool_calls ?? []).map(({ function: { name, arguments: text } }) => ({
    name,
    arguments: JSON.parse(text),
  }));

for (const { name, calls: expected, content } of cases) {
  test(name, async () => {
    for await (const choice of answers(`mended/${name}`)) {
      assert.deepEqual(calls(choice), expected);
      assert.equal(choice.finish_reason, "tool_calls");
    }
    for await (const choice of answers(`as-it-came/${name}`)) {
      assert.deepEqual(calls(choice), []);
      assert.equal(choice.message.content, content);
    }
  });
}
