// The list of exchanges.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, openPage, texts } from "../kit/browser.mjs";
import { writeMany } from "../kit/many.mjs";
import { Proxy, WEATHER } from "../kit/proxy.mjs";
import { backend, browser, proxy, scene } from "../kit/scene.mjs";

scene();

test("an empty log says what to do, and the first exchange appears by itself", async () => {
  const { page, close } = await openPage(browser, `${proxy.url}/ui`);
  await page.getByText("No exchanges yet").waitFor();
  assert.match(await page.locator(".command").innerText(), /curl -N http:\/\/127\.0\.0\.1:\d+\/v1/);
  await proxy.ask("leaky-tools", WEATHER);
  await page.locator(".list-row .state.success").waitFor();
  const row = await page.locator(".list-row").innerText();
  for (const part of ["leaky-tools", "What is the weather in Oslo?", "tool-call-fix", "ok"]) {
    assert.ok(row.includes(part), `${part} in ${row}`);
  }
  await close();
});

test("an exchange is in the list while it runs, and its answer grows before the reader", async () => {
  const { page, close } = await openPage(browser, `${proxy.url}/ui`);
  await page.locator(".live.on").waitFor();
  const answer = proxy.ask("scripted");
  const stream = await backend.next();
  stream.say("Once upon ");
  await page.locator(".list-row .state.running").waitFor();
  await page.locator(".list-row", { hasText: "scripted" }).click();
  await page.keyboard.press("t");
  await page.locator(".answer-at", { hasText: "Once upon" }).first().waitFor();
  stream.say("a time.");
  await page.locator(".answer-at", { hasText: "Once upon a time." }).first().waitFor();
  stream.end({
    usage: { prompt_tokens: 1200, completion_tokens: 7, total_tokens: 1207 },
  });
  await answer;
  await page.locator(".x-head .state.success").waitFor();
  await page.locator(".list-row.current .state.success").waitFor();
  await page.getByText("1.2k tok").waitFor();
  await close();
});

/** Waits until one row is left, and it has this text. */
async function only(page, text) {
  await page.locator(".list-row:only-child", { hasText: text }).waitFor();
}

test("filters and search are in the address, and survive a reload", async () => {
  await proxy.ask("plain", {
    messages: [{ role: "user", content: "Tell me of quokkas, please." }],
  });
  await proxy.ask("flaky");
  await proxy.indexed(4);
  const { page, close } = await openPage(browser, `${proxy.url}/ui`);
  await page.locator(".list-row", { hasText: "flaky" }).waitFor();
  await page.getByRole("searchbox").fill("quokkas");
  await page.waitForURL(/q=quokkas/);
  await only(page, "quokkas");
  await page.reload();
  await only(page, "quokkas");
  assert.equal(await page.getByRole("searchbox").inputValue(), "quokkas");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.locator("select[name=plugin]").selectOption("tool-call-fix");
  await only(page, "leaky-tools");
  await page.locator("select[name=plugin]").selectOption("");
  await page.locator("select[name=model]").selectOption("flaky");
  await only(page, /flaky[^]*3/);
  await page.getByRole("searchbox").fill("nobody said this");
  await page.getByText("Nothing fits").waitFor();
  await close();
});

test("a filter holds for what arrives live", async () => {
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges?model=plain`);
  await page.locator(".list-row").first().waitFor();
  const before = await page.locator(".list-row").count();
  await proxy.ask("think-tags");
  await proxy.ask("plain");
  await counted(page, ".list-row", before + 1);
  assert.ok((await texts(page, ".list-row")).every((row) => row.includes("plain")));
  await close();
});

test("the page says that the proxy is gone, and goes on when it is back", async () => {
  const second = await Proxy.start({ backend });
  await second.ask("plain");
  const allow = (text) => /net::ERR_|Failed to load resource/.test(text);
  const { page, close } = await openPage(browser, `${second.url}/ui`, {
    allow,
  });
  const listed = (count) => counted(page, ".list-row", count);
  await page.locator(".live.on").waitFor();
  await listed(1);
  await second.end();
  await page.locator(".live.off", { hasText: "no connection" }).waitFor();
  // What was there can still be read.
  await listed(1);
  await second.run();
  await page.locator(".live.on").waitFor();
  await second.ask("think-tags");
  await listed(2);
  assert.match((await texts(page, ".list-row"))[0], /think-tags/);
  await close();
  await second.stop();
});

test("without a log the page says how to switch it on", async () => {
  const change = (text) => text.replace("request_log:", "request_log:\n    level: off");
  const silent = await Proxy.start({ backend, change });
  const { page, close } = await openPage(browser, `${silent.url}/ui`);
  await page.getByText("The request log is off").waitFor();
  await close();
  await silent.stop();
});

test("logs that were there before appear when the index has read them", async () => {
  const before = await Proxy.start({
    backend,
    logs: (folder) => writeMany(folder, 1500),
  });
  const { page, close } = await openPage(browser, `${before.url}/ui`);
  await page.getByText("not searched yet").waitFor();
  // The list is looked at again and again; what it shows stays meanwhile.
  await page.evaluate(() => {
    window.flickered = 0;
    const look = () => (window.flickered += document.body.innerText.includes("Loading…") ? 1 : 0);
    new MutationObserver(look).observe(document.body, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  await page.getByText("not searched yet").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => window.flickered), 0);
  await page.locator(".list-row", { hasText: "Question 1499" }).waitFor();
  await close();
  await before.stop();
});
