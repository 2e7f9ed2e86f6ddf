// An open exchange: stages, differences, conversation, timeline, prompt.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { counted, openPage, texts } from "../kit/browser.mjs";
import { WEATHER } from "../kit/proxy.mjs";
import { backend, browser, proxy, scene } from "../kit/scene.mjs";
import { until } from "../kit/until.mjs";

scene();

/** Asks, waits for the log, and opens a view of the exchange. */
async function opened(model, view, request = {}) {
  const response = await proxy.begin(model, request);
  const id = response.headers.get("x-request-id");
  await response.text();
  await proxy.ended(id);
  const found = await openPage(browser, `${proxy.url}/ui/#/exchanges/${id}/${view}`);
  await found.page.locator(".x-head").waitFor();
  return { id, ...found };
}

test("the stages show what each plugin changed, highlighted", async () => {
  const { page, close } = await opened("leaky-tools", "stages", WEATHER);
  // Opens where something was changed: in the answer.
  await page.locator(".step[aria-current=step]", { hasText: "5" }).waitFor();
  await page.locator(".row-line.added", { hasText: "get_weather" }).waitFor();
  assert.ok((await texts(page, ".row-line del")).join("").includes("tool_call"));

  await page.getByRole("button", { name: "Event by event" }).click();
  await page.locator(".frame-line", { hasText: "tool-call-fix" }).first().click();

  await page.keyboard.press("2");
  await page.locator(".panel h3", { hasText: "changed in the request" }).waitFor();
  await page.keyboard.press("1");
  await page.locator(".rows", { hasText: "What is the weather in Oslo?" }).waitFor();
  await page.keyboard.press("3");
  await page.locator(".panel h3", { hasText: "What went upstream" }).waitFor();
  await page.getByLabel("against what the client sent").check();
  await page.locator(".body-view").waitFor();
  await page.keyboard.press("4");
  await page.locator(".frame-line").first().waitFor();
  await page.locator(".frame-line").nth(2).click();
  await page.locator(".rows", { hasText: "delta" }).waitFor();
  await page.keyboard.press("6");
  // The list is walked with the keyboard, down to where the call is.
  for (let screen = 0; screen < 4; screen++) await page.locator(".frames-scroll").press("PageDown");
  await page.locator(".frame-line", { hasText: "tool_calls" }).first().waitFor();
  await close();
});

test("what each plugin cost can be read in a narrow window", async () => {
  const { page, close } = await opened("leaky-tools", "stages?stage=5", WEATHER);
  await page.setViewportSize({ width: 1024, height: 768 });
  const stage = page.locator(".stage");
  assert.ok(await stage.evaluate((it) => it.scrollWidth <= it.clientWidth), "all moves sideways");
  const last = page.getByRole("columnheader", { name: "held at most" });
  await last.scrollIntoViewIfNeeded();
  // Nothing lies over its right end, and it is in the window.
  const seen = await last.evaluate((cell) => {
    const { right, top, bottom } = cell.getBoundingClientRect();
    return cell.contains(document.elementFromPoint(right - 2, (top + bottom) / 2));
  });
  assert.ok(seen);
  await close();
});

test("what was only held back is no change, and what a plugin said about it is seen", async () => {
  const answer = proxy.begin("scripted", WEATHER);
  const stream = await backend.next();
  stream.say("You write <tool_call>{not a call");
  stream.end({ usage: { prompt_tokens: 1, completion_tokens: 2 } });
  const response = await answer;
  assert.ok((await response.text()).includes("<tool_call>{not a call"));
  const id = response.headers.get("x-request-id");
  await proxy.ended(id);
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges/${id}/stages`);
  // Opens where the plugin says why it stayed text.
  const step = page.locator(".step[aria-current=step]", { hasText: "5" });
  await step.getByText("changed nothing").waitFor();
  await step.getByText("held only").waitFor();
  await step.getByText("1 remark").waitFor();
  await page.locator(".remarks", { hasText: "left as text" }).waitFor();
  await page.keyboard.press("t");
  // Beside itself in the raw events, though it went later.
  const held = page.locator(".pairs-scroll .pair", { hasText: "held 1" });
  await held.getByText("the same").waitFor();
  const usage = page.locator(".pairs-scroll .pair", {
    hasText: "completion_tokens",
  });
  await usage.getByText("did not ask for").waitFor();
  await close();
});

test("a whole answer is compared, too", async () => {
  const { page, close } = await opened("leaky-tools", "stages?stage=5", {
    ...WEATHER,
    stream: false,
  });
  await page.locator(".row-line.added", { hasText: "get_weather" }).waitFor();
  await page.keyboard.press("6");
  await page.locator(".rows", { hasText: "tool_calls" }).waitFor();
  await close();
});

test("each try has its stages", async () => {
  const { page, close } = await opened("flaky", "stages");
  await counted(page, ".attempts button", 3);
  await page.locator(".attempts button").first().click();
  await page.keyboard.press("4");
  await page.locator(".panel", { hasText: "status 503" }).waitFor();
  await close();
});

test("raw text can be had instead of JSON, blocks close, and all can be copied", async () => {
  const { page, context, close } = await opened("plain", "stages?stage=1");
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator(".row-line", { hasText: "messages" }).waitFor();
  const open = await page.locator(".row-line").count();
  assert.ok(open > 3, `${open} lines`);
  await page.locator("button.row-fold").first().click();
  await counted(page, ".row-line", 1);
  await page.locator("button.row-fold").first().click();
  await counted(page, ".row-line", open);
  await page.getByRole("button", { name: "Raw" }).click();
  await page.locator(".row-line", { hasText: '{"model":"plain"' }).waitFor();
  await page.getByRole("button", { name: /^Copy the client/ }).click();
  await page.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(JSON.parse(copied).model, "plain");
  await page.getByRole("button", { name: "Copy as curl" }).click();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const command = /curl[^]*chat\/completions/;
  await until("the command is on the clipboard", async () => command.test(await clipboard()));
  await close();
});

test("the exchange can be taken along in every form", async () => {
  const { page, id, close } = await opened("leaky-tools", "stages", WEATHER);
  for (const [name, holds] of [
    ["Log, as it is on disk", "yallmp log 1"],
    ["HAR", '"log"'],
    ["JSON lines", '"schema"'],
    ["curl script", "curl"],
    ["Test fixture", ""],
  ]) {
    await page.locator(".menu summary").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name, exact: true }).click(),
    ]);
    const content = readFileSync(await download.path(), "latin1");
    assert.ok(
      content.length > 100 && content.includes(holds),
      `${name} of ${id}: ${content.slice(0, 200)}`,
    );
  }
  await close();
});

const CONVERSATION = {
  messages: [
    { role: "system", content: "You are brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this, and what is the weather?" },
        {
          type: "image_url",
          image_url: {
            url: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
          },
        },
        {
          type: "image_url",
          image_url: { url: "https://example.invalid/tracker.png" },
        },
      ],
    },
    {
      role: "assistant",
      content: null,
      reasoning_content: "I had better look.",
      tool_calls: [
        {
          id: "call_1",
          type: "function",
          function: { name: "get_weather", arguments: '{"city":"Oslo"}' },
        },
      ],
    },
    { role: "tool", tool_call_id: "call_1", content: "snow, -3 degrees" },
    { role: "user", content: "Thanks. And tomorrow?" },
  ],
  ...WEATHER,
};

test("the conversation is read as a person reads it", async () => {
  const { page, close } = await opened("think-tags", "conversation", CONVERSATION);
  await page.locator(".turn.answer").waitFor();
  const roles = await texts(page, ".turn > header");
  assert.deepEqual(roles, ["system", "user", "assistant", "user", "answer"]);
  const call = page.locator(".turn.assistant .call").first();
  assert.match(await call.innerText(), /get_weather[^]*Oslo[^]*snow, -3 degrees/);
  // Thoughts are folded until they are wanted.
  const thought = page.getByText("I had better look.");
  assert.equal(await thought.isVisible(), false);
  await page.locator(".turn .reasoning summary").first().click();
  await thought.waitFor();
  assert.ok(await page.locator(".turn.answer .reasoning").isVisible());
  // The image of the request is shown, that of another server is not fetched.
  const width = () => page.locator("img.image").evaluate((image) => image.naturalWidth);
  await until("the image is shown", async () => (await width()) === 1);
  await page.getByText("is not loaded").waitFor();
  await page.getByRole("button", { name: "As the backend had it" }).click();
  await page.locator(".turn.answer", { hasText: "<think>" }).waitFor();
  await close();
});

test("long instructions do not hide what was said", async () => {
  const rules = Array.from({ length: 200 }, (_, n) => `Rule ${n + 1}: say what you do.`).join("\n");
  const { page, close } = await opened("plain", "conversation", {
    messages: [
      { role: "system", content: rules },
      { role: "user", content: "Begin, please." },
    ],
  });
  const system = page.locator(".turn.system");
  await system.getByText("Rule 1:").waitFor();
  assert.match(await system.locator(".text").innerText(), /say what you do\. …$/);
  const said = await page.getByText("Begin, please.").last().boundingBox();
  assert.ok(said.y < 768, `at ${said.y}`);
  await system.getByRole("button", { name: "Show all" }).click();
  await system.getByText("Rule 200:").waitFor();
  await close();
});

test("the cursor shows what both sides had at any moment", async () => {
  const answer = proxy.begin("scripted");
  const stream = await backend.next();
  // Each word goes when the one before it has come, or two might come as one.
  stream.say("One");
  const response = await answer;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let had = "";
  const comes = async (word) => {
    while (!had.includes(word)) had += (await reader.read()).value;
  };
  await comes("One");
  for (const word of [" two", " three"]) {
    // A pause for the eye, and for `Play`.
    await new Promise((resolve) => setTimeout(resolve, 150));
    stream.say(word);
    await comes(word);
  }
  stream.end();
  await comes("[DONE]");
  const id = response.headers.get("x-request-id");
  await proxy.ended(id);
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges/${id}/timeline`);
  const [came, went] = [page.locator(".answer-at").first(), page.locator(".answer-at").last()];
  await went.getByText("One two three").waitFor();
  await page.locator(".axis").focus();
  await page.keyboard.press("Home");
  await went.getByText("Nothing yet.").waitFor();
  const moment = () => page.locator(".axis").getAttribute("aria-valuenow");
  for (let step = 0; step < 30; step++) {
    const before = await moment();
    await page.keyboard.press("ArrowRight");
    await until("the cursor moves", async () => (await moment()) !== before);
    if (/\nOne$/.test(await went.innerText())) break;
  }
  assert.match(await went.innerText(), /\nOne$/);
  assert.match(await came.innerText(), /\nOne$/);
  await page.keyboard.press("End");
  await went.getByText("One two three").waitFor();
  // By mouse: nothing had come at the left end.
  const box = await page.locator(".axis").boundingBox();
  await page.mouse.click(box.x + 70, box.y + 60);
  await went.getByText("Nothing yet.").waitFor();
  // A click on a raw event goes to its moment.
  await page.locator(".pairs-scroll .pair", { hasText: "three" }).first().click();
  await went.getByText("One two three").waitFor();
  assert.ok((await texts(page, ".pairs-scroll .pair")).some((line) => line.includes("the same")));
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
  await close();
});

test("a broken prompt cache is seen at once, with its place and who broke it", async () => {
  const system = (text) => ({
    role: "system",
    content: `You are careful. ${"Rules follow. ".repeat(40)}${text}`,
  });
  const first = [
    system("Noon."),
    { role: "user", content: "How are quokkas doing today, all in all?" },
  ];
  const turn = async (messages, cached) => {
    const answer = proxy.begin("scripted", { messages });
    const stream = await backend.next();
    stream.say("Fine.");
    const details = { cached_tokens: cached };
    stream.end({
      usage: {
        prompt_tokens: 1000,
        completion_tokens: 2,
        prompt_tokens_details: details,
      },
    });
    const response = await answer;
    await response.text();
    const id = response.headers.get("x-request-id");
    await proxy.ended(id);
    return id;
  };
  const more = [
    { role: "assistant", content: "Fine." },
    { role: "user", content: "And tomorrow?" },
  ];
  const begun = await turn(first, 0);
  const kept = await turn([...first, ...more], 900);
  await proxy.follows(kept, begun);
  const again = [
    ...more,
    { role: "assistant", content: "Fine." },
    { role: "user", content: "Then?" },
  ];
  const broken = await turn([system("One o'clock."), first[1], ...again], 0);
  await proxy.follows(broken, kept);

  const good = await openPage(browser, `${proxy.url}/ui/#/exchanges/${kept}/prompt`);
  await good.page.locator(".verdict.good", { hasText: "begins as the turn before did" }).waitFor();
  await good.page.getByText("90 %").first().waitFor();
  await good.close();

  const bad = await openPage(browser, `${proxy.url}/ui/#/exchanges/${broken}/prompt`);
  const verdict = bad.page.locator(".verdict.bad");
  await verdict.waitFor();
  assert.match(
    await verdict.innerText(),
    /breaks at messages\[0\] system[^]*client sent it differently/,
  );
  await bad.page.locator(".prefix .changed").first().waitFor();
  await bad.page.locator(".row-line ins", { hasText: "One" }).waitFor();
  await bad.close();
});

test("a turn that names the answer before it is compared with that turn", async () => {
  const respond = async (id, request) => {
    const answer = fetch(`${proxy.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "scripted",
        instructions: "Be brief.",
        ...request,
      }),
    });
    const text = {
      type: "output_text",
      text: `This is ${id}`,
      annotations: [],
    };
    (await backend.next()).json({
      id,
      object: "response",
      status: "completed",
      output: [{ type: "message", id: "m1", role: "assistant", content: [text] }],
    });
    return (await answer).headers.get("x-request-id");
  };
  const first = await respond("resp_1", { input: "What is the weather?" });
  const second = await respond("resp_2", {
    input: "And now?",
    previous_response_id: "resp_1",
  });
  const lost = await respond("resp_3", {
    input: "Well?",
    previous_response_id: "resp_0",
  });
  await proxy.ended(lost);
  await proxy.follows(second, first);
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges/${second}/prompt`);
  await page.getByText("This turn goes on from an answer that the backend keeps.").waitFor();
  await page.locator(".legend", { hasText: "as before: 2 regions" }).waitFor();
  await page.keyboard.press("c");
  await page.getByText("It goes on from the answer resp_1").waitFor();
  await page.goto(`${proxy.url}/ui/#/exchanges/${lost}/prompt`);
  await page.getByText("goes on from the answer resp_0, which is not in the log").waitFor();
  await close();
});

test("an exchange that is not there is no blank page", async () => {
  const allow = (text) => text.includes("404");
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges/nobody/stages`, {
    allow,
  });
  await page.getByText("This exchange cannot be shown").waitFor();
  await page.getByRole("button", { name: "Back to the list" }).click();
  await page.locator(".list-row").first().waitFor();
  await close();
});
