// What models and clients say is text, whatever it looks like.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "../kit/browser.mjs";
import { backend, browser, proxy, scene } from "../kit/scene.mjs";

const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const LINK =
  "[click](javascript:window.hacked=1) javascript:window.hacked=1 <a href='javascript:window.hacked=1'>x</a>";
const MODEL = '<img src=x onerror="window.hacked=1">';
/** The sign that the view behind a key is there; other keys are stages. */
const VIEWS = Object.fromEntries(
  ["conversation", "timeline", "prompt", "replay"].map((view) => [
    view[0],
    `#tab-${view}[aria-selected=true]`,
  ]),
);

scene();

test("a hostile exchange does nothing in any view", async () => {
  const answer = proxy.begin(MODEL, {
    messages: [
      { role: MARKUP, content: MARKUP },
      {
        role: "user",
        content: [{ type: "image_url", image_url: { url: "javascript:window.hacked=1" } }],
      },
      {
        role: "user",
        content: [
          {
            type: "image_url",
            image_url: {
              url: `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='window.hacked=1'/>`,
            },
          },
        ],
      },
      { role: "user", content: [{ type: MARKUP, [MARKUP]: MARKUP }] },
      { role: "user", content: `${MARKUP} ${LINK}` },
    ],
    tools: [{ type: "function", function: { name: "f", description: MARKUP, parameters: {} } }],
  });
  const stream = await backend.next();
  stream.chunk({ role: "assistant", reasoning_content: MARKUP });
  stream.say(`${MARKUP} ${LINK}`);
  stream.chunk({
    tool_calls: [
      {
        index: 0,
        id: MARKUP,
        type: "function",
        function: { name: "<img onerror=alert(1)>", arguments: JSON.stringify({ x: MARKUP }) },
      },
    ],
  });
  stream.end({ finish: MARKUP });
  const response = await answer;
  await response.text();
  const id = response.headers.get("x-request-id");
  await proxy.indexed(1);

  const { page, close } = await openPage(browser, `${proxy.url}/ui`);
  await page.locator(".list-row", { hasText: "<img src=x" }).first().waitFor();
  await page.locator("select[name=model]").selectOption(MODEL);
  await page.locator(".list-row").first().click();
  for (const key of ["1", "2", "3", "4", "5", "6", "c", "t", "p", "r"]) {
    await page.keyboard.press(key);
    await page.locator(VIEWS[key] ?? `.step[aria-current=step]:has-text("${key}")`).waitFor();
    await page.waitForTimeout(250);
    // All that is folded is opened.
    await page.evaluate(() => {
      for (const folded of document.querySelectorAll(".view details")) folded.open = true;
    });
    await page.waitForTimeout(50);
    const elements = await page.evaluate(() => [
      document.querySelectorAll(
        "#app script, #app iframe, #app a[href], #app img:not(.image), #app [onerror]",
      ).length,
      window.hacked,
    ]);
    assert.deepEqual(elements, [0, undefined], key);
  }
  await page.goto(`${proxy.url}/ui/#/overview?model=${encodeURIComponent(MARKUP)}`);
  await page.getByText("Nothing in this time").first().waitFor();
  await page.goto(`${proxy.url}/ui/#/overview`);
  await page.locator(".table-card tr", { hasText: MODEL }).waitFor();
  assert.equal(await page.locator("#app img, #app [onerror]").count(), 0);
  await page.goto(
    `${proxy.url}/ui/#/exchanges/${id}/conversation?model=${encodeURIComponent(MARKUP)}`,
  );
  await page.locator(".turn.answer", { hasText: "<script>window.hacked=1</script>" }).waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await close();
});

test("the page is served with a strict policy, and frames nothing", async () => {
  const answer = await fetch(`${proxy.url}/ui/`);
  const policy = answer.headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.match(policy, /frame-ancestors 'none'/);
  const html = await answer.text();
  assert.doesNotMatch(html, /<script>|<style|style=|onload|onerror/);
});
