// Exchanges that have more, or less, than one expects.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "../kit/browser.mjs";
import { backend, browser, proxy, scene } from "../kit/scene.mjs";
import { until } from "../kit/until.mjs";

const LONG = `provider/with-a-path/${"and-a-long-name-".repeat(8)}2026-11-23`;
const MODELS = `
  - model_name: ${LONG}
    litellm_params: { model: openai/plain, api_base: "builtin://demo" }
  - model_name: bare
    litellm_params: { model: openai/leaky-tools, api_base: "builtin://demo" }
    request_log: metadata
`;
scene({ change: (text) => text.replace("model_list:", `model_list:${MODELS}`) });

test("a long name leaves the figures beside it in sight", async () => {
  await proxy.ask(LONG);
  await proxy.indexed(1);
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/overview`);
  await page.locator(".table-card td", { hasText: LONG.slice(0, 20) }).waitFor();
  const outside = await page.evaluate(() =>
    [...document.querySelectorAll(".overview td, .overview th, .overview dd, .u-series")]
      .filter((cell) => cell.getBoundingClientRect().right > innerWidth)
      .map((cell) => cell.innerText),
  );
  assert.deepEqual(outside, []);
  await close();
});

test("an exchange of which only metadata is kept says so, and does not say that nothing happened", async () => {
  const response = await proxy.begin("bare", { headers: { "x-request-id": "bare" } });
  await response.text();
  await proxy.indexed(2);
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges/bare/stages`);
  await page.getByText("logged at level metadata").first().waitFor();
  await page.locator(".step", { hasText: "Came back not kept" }).waitFor();
  await page.locator(".step", { hasText: "Plugins not kept" }).waitFor();
  await page.keyboard.press("t");
  await page.getByText("The log does not say.").first().waitFor();
  assert.equal(await page.getByText("Nothing yet.").count(), 0);
  await close();
});

test("the end of a long conversation is one step away", async () => {
  const messages = Array.from({ length: 121 }, (_, n) => ({
    role: n % 2 ? "assistant" : "user",
    content: `Message ${n}. ${"Some words. ".repeat(n)}`,
  }));
  const answer = proxy.begin("scripted", { messages, headers: { "x-request-id": "talk" } });
  const stream = await backend.next();
  stream.say("That was all.");
  stream.end();
  await (await answer).text();
  await proxy.indexed(3);
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges/talk/conversation`);
  const end = page.locator(".turn.answer", { hasText: "That was all." });
  await page.getByText("122 turns").waitFor();
  await page.getByRole("button", { name: "To the end" }).click();
  await end.waitFor();
  const isSeen = () => end.evaluate((turn) => turn.getBoundingClientRect().bottom <= innerHeight);
  await until("the answer is in sight", isSeen);
  await close();
});
