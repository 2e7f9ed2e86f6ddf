// The page as a whole: replay, overview, keyboard, colours, the key.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, openPage } from "../kit/browser.mjs";
import { Proxy, WEATHER } from "../kit/proxy.mjs";
import { backend, browser, proxy, scene } from "../kit/scene.mjs";
import { until } from "../kit/until.mjs";

scene({}, async () => {
  for (const model of ["leaky-tools", "think-tags", "flaky", "plain"])
    await proxy.ask(model, WEATHER);
  await proxy.indexed(4);
});

async function idOf(model) {
  const { exchanges } = await proxy.api(`exchanges?model=${model}`);
  return exchanges.at(-1).id;
}

test("an exchange is sent again, as it was and to another model, and compared", async () => {
  const id = await idOf("leaky-tools");
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges/${id}/replay`);
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await page.getByText("It answered the same").waitFor();
  await page.locator("input[name=model]").fill("plain");
  await page.locator("select[name=stream]").selectOption("off");
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await page.getByText("It answered something else").waitFor();
  await page.locator("td", { hasText: "plain" }).waitFor();
  await page.getByRole("button", { name: "Open the new exchange" }).click();
  await page.locator(".x-head h2", { hasText: "plain" }).waitFor();
  await page.keyboard.press("6");
  await page.locator(".rows", { hasText: "chat.completion" }).waitFor();
  await close();
});

test("an exchange is run again without a network", async () => {
  const id = await idOf("leaky-tools");
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/exchanges/${id}/replay`);
  await page.getByRole("button", { name: "Without a network" }).click();
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await page.locator(".verdict.good", { hasText: "The same." }).waitFor();
  await close();
});

test("the overview shows charts and what plugins did", async () => {
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/overview`);
  await page.locator(".tiles div", { hasText: "requests" }).waitFor();
  const tile = async (name) =>
    page.locator(".tiles div", { hasText: name }).first().locator("dd").innerText();
  assert.ok(Number.parseInt(await tile("requests"), 10) >= 4);
  assert.ok(Number.parseInt(await tile("retries"), 10) >= 2);
  await page.locator(".chart canvas").nth(3).waitFor();
  const inked = (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let pixels = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] > 0) pixels++;
    return pixels;
  };
  const chart = page.locator(".chart canvas").first();
  await until("something is drawn", async () => (await chart.evaluate(inked)) > 200);
  const flaky = page.locator(".table-card tr", { hasText: "flaky#1" });
  assert.equal(await flaky.locator("rect.all").count(), 1);
  assert.equal(await flaky.locator("td").nth(2).innerText(), "1");
  assert.equal(await flaky.locator("td").nth(4).innerText(), "2");
  const row = page.locator("tr", { hasText: "tool-call-fix" });
  assert.ok(Number.parseInt(await row.locator("td").first().innerText(), 10) > 0);
  await page.getByRole("button", { name: "15 min" }).click();
  await page.waitForURL(/range=900/);
  await flaky.getByRole("button", { name: "flaky" }).click();
  await page.waitForURL(/model=flaky/);
  await page.waitForFunction(() => document.querySelector(".tiles dd")?.textContent.trim() === "1");
  await close();
});

test("the overview shows when a deployment cooled down", async () => {
  const rest = "router_settings:\n  allowed_fails: 0\n  cooldown_time: 600";
  const change = (text) => text.replace("router_settings:", rest);
  const failing = await Proxy.start({ change });
  await failing.ask("scripted");
  await failing.indexed(1);
  const { page, close } = await openPage(browser, `${failing.url}/ui/#/overview?range=900`);
  const line = page.locator(".cooldown-line", { hasText: "scripted#1" });
  await line.locator("rect.bar").waitFor();
  await line.getByText("now").waitFor();
  assert.match(
    await line.locator("svg").getAttribute("aria-label"),
    /^scripted#1: [0-9:]+, until /,
  );
  // It happened in the last of fifteen minutes.
  const [bar, box] = [
    await line.locator("rect.bar").boundingBox(),
    await line.locator("svg").boundingBox(),
  ];
  assert.ok(bar.x > box.x + box.width * 0.9 && bar.width > 0, JSON.stringify([bar, box]));
  await close();
  await failing.stop();
});

test("everything is reached with the keyboard alone", async () => {
  // What other tests sent again may still come to the list: no row shall move under the keys.
  const { exchanges } = await proxy.api("exchanges?limit=100");
  await proxy.indexed(exchanges.length);
  const { page, close } = await openPage(browser, `${proxy.url}/ui`);
  await page.locator(".list-row").nth(exchanges.length - 1).waitFor();
  const open = async () => page.locator(".x-head h2").innerText();
  const rows = await page.locator(".list-row .strong").allInnerTexts();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator(".x-head").waitFor();
  assert.equal(await open(), rows[1]);
  await page.keyboard.press("j");
  await page.waitForFunction(
    (name) => document.querySelector(".x-head h2")?.textContent === name,
    rows[2],
  );
  await page.keyboard.press("k");
  await page.waitForFunction(
    (name) => document.querySelector(".x-head h2")?.textContent === name,
    rows[1],
  );
  for (const [key, view] of [
    ["c", "conversation"],
    ["t", "timeline"],
    ["p", "prompt"],
    ["r", "replay"],
    ["s", "stages"],
  ]) {
    await page.keyboard.press(key);
    await page.locator(`#tab-${view}[aria-selected=true]`).waitFor();
  }
  for (const key of "123456") {
    await page.keyboard.press(key);
    await page.locator(".step[aria-current=step]", { hasText: key }).waitFor();
  }
  await page.keyboard.press("?");
  await page.locator("dialog[open]", { hasText: "next exchange" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "hidden" });
  await page.keyboard.press("Escape");
  await page.locator(".x-head").waitFor({ state: "detached" });
  await page.keyboard.press("o");
  await page.locator(".tiles").waitFor();
  await page.keyboard.press("e");
  await page.locator(".list-row").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("jk");
  assert.equal(await page.getByRole("searchbox").inputValue(), "jk");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "");
  await close();
});

test("what is typed while the list is still being drawn is not lost", async () => {
  const { page, close } = await openPage(browser, `${proxy.url}/ui/#/overview`);
  await page.locator(".tiles").waitFor();
  await page.evaluate(() => {
    new MutationObserver((_, observer) => {
      const search = document.getElementById("search");
      if (!search) return;
      observer.disconnect();
      const type = (letter) => {
        search.value += letter;
        search.dispatchEvent(new Event("input", { bubbles: true }));
      };
      type("j");
      setTimeout(type, 100, "k");
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.keyboard.press("e");
  await page.waitForURL(/q=jk/);
  assert.equal(await page.getByRole("searchbox").inputValue(), "jk");
  // What the address says otherwise is taken over.
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.waitForURL((url) => !url.href.includes("q="));
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
  await close();
});

test("light and dark follow the system, and can be chosen", async () => {
  const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await openPage(browser, `${proxy.url}/ui`);
  await light.page.locator(".list-row").first().waitFor();
  const bright = await background(light.page);
  await light.close();
  const dark = await openPage(browser, `${proxy.url}/ui`, { theme: "dark" });
  await dark.page.locator(".list-row").first().waitFor();
  assert.notEqual(await background(dark.page), bright);
  await dark.page.keyboard.press("d");
  await until("it is light", async () => (await background(dark.page)) === bright);
  await dark.page.reload();
  await dark.page.locator(".list-row").first().waitFor();
  assert.equal(await background(dark.page), bright);
  await dark.close();
});

test("a proxy with a key asks for it, and keeps it for this tab", async () => {
  const change = (text) =>
    text.replace("general_settings:", "general_settings:\n  master_key: sk-right");
  const guarded = await Proxy.start({ backend, change });
  const headers = { authorization: "Bearer sk-right" };
  await guarded.ask("plain", { headers });
  const allow = (text) => text.includes("401");
  const { page, close } = await openPage(browser, `${guarded.url}/ui`, {
    allow,
  });
  await page.getByText("This proxy wants its key").waitFor();
  assert.equal(await page.locator(".list-row").count(), 0);
  assert.equal(await page.getByText("is not its key").count(), 0);
  await page.getByLabel("Key", { exact: true }).fill("sk-wrong");
  await page.keyboard.press("Enter");
  await page.getByText("What was given is not its key").waitFor();
  await page.getByLabel("Key", { exact: true }).fill("sk-right");
  await page.keyboard.press("Enter");
  await page.locator(".list-row").waitFor();
  await page.locator(".live.on").waitFor();
  await page.reload();
  await page.locator(".list-row").waitFor();
  await guarded.ask("plain", { headers });
  await counted(page, ".list-row", 2);
  await close();
  await guarded.stop();
});
