// Makes the picture of the README from the real page: `tests/browser/run picture`.

import { writeFileSync } from "node:fs";
import { Backend } from "./kit/backend.mjs";
import { openPage, startBrowser } from "./kit/browser.mjs";
import { Proxy } from "./kit/proxy.mjs";

const file = process.argv[2];
const MODELS = ["qwen3-coder", "kimi-k2", "glm-4.6", "deepseek-v3.2"];
const PROMPTS = [
  "Why does this test fail on Windows only?",
  "Refactor the parser so that errors carry their place",
  "Read Cargo.toml and tell me which dependencies are old",
  "Write a migration for the users table",
  "What does this stack trace mean?",
];
const TOOLS = [
  {
    type: "function",
    function: {
      name: "read_file",
      parameters: {
        type: "object",
        properties: { path: { type: "string" }, lines: { type: "integer" } },
      },
    },
  },
];

const models = MODELS.map(
  (name) => `
  - model_name: ${name}
    litellm_params: { model: openai/${name}, api_base: "http://127.0.0.1:\${BACKEND_PORT}/v1", api_key: none }`,
).join("");
const flaky = `
  - model_name: flaky
    litellm_params: { model: openai/flaky, api_base: "builtin://demo" }
`;
const change = (text) =>
  `model_list:${models}${flaky}\n${text.slice(text.indexOf("router_settings:"))}`;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** An agent's model that thinks in tags and leaks its tool call as text, at the speed of one. */
async function leak(stream, question) {
  const words = (text) => text.split(/(?<= )/);
  stream.say("<think>");
  for (const word of words(
    "The manifest has the versions. I read it first, and compare them afterwards. ",
  )) {
    stream.say(word);
    await pause(12);
  }
  stream.say("</think>");
  await pause(340);
  for (const word of words(
    `Let me look into Cargo.toml. ${question.length > 45 ? "One moment. " : ""}`,
  )) {
    stream.say(word);
    await pause(18);
  }
  for (const piece of [
    "<tool_call>\n",
    '{"name": "read_file", ',
    '"arguments": {"path": ',
    '"Cargo.toml", "lines": "40"}}',
    "\n</tool_call>",
  ]) {
    stream.say(piece);
    await pause(22);
  }
  const input = 9_000 + question.length * 97;
  stream.end({
    usage: {
      prompt_tokens: input,
      completion_tokens: 64,
      prompt_tokens_details: {
        cached_tokens: Math.round((input * (40 + (question.length % 7) * 9)) / 100),
      },
    },
  });
}

const backend = await Backend.start();
const proxy = await Proxy.start({ backend, change });
const browser = await startBrowser();
try {
  for (let number = 0; number < 15; number++) {
    const content = PROMPTS[number % PROMPTS.length];
    const messages = [
      { role: "system", content: "You are a careful engineer." },
      { role: "user", content },
    ];
    if (number % 6 === 5) {
      await proxy.ask("flaky", { messages });
      continue;
    }
    const answer = proxy.ask(MODELS[(number * 3) % MODELS.length], { messages, tools: TOOLS });
    await leak(await backend.next(), content);
    await answer;
  }
  await proxy.indexed(15);
  const unfinished = proxy.ask("kimi-k2", {
    messages: [{ role: "user", content: "Explain the borrow checker to a cat" }],
  });
  const running = await backend.next();
  running.say("Imagine that ");
  const { page, close } = await openPage(browser, `${proxy.url}/ui`);
  await page.locator(".list-row", { hasText: "Cargo.toml" }).first().click();
  await page.keyboard.press("5");
  await page.locator(".row-line.added", { hasText: "read_file" }).waitFor();
  await page.evaluate(() => document.activeElement.blur());
  await page.waitForTimeout(300);
  writeFileSync(file, await page.screenshot());
  running.end();
  await unfinished;
  await close();
} finally {
  await browser.close();
  await proxy.stop();
  await backend.stop();
}
