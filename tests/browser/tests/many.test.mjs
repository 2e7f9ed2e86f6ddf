// Ten thousand exchanges, and a large one, do not make the page stop.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { longestTask, openPage, workOf } from "../kit/browser.mjs";
import { writeLarge, writeMany } from "../kit/many.mjs";
import { browser, proxy, scene } from "../kit/scene.mjs";
import { until } from "../kit/until.mjs";

const COUNT = 10_000;
/** Milliseconds. A person notices 100; test machines are slow and busy. */
const LONGEST = 700;
/** Milliseconds of work for a frame that shows other rows altogether: thirty a second. */
const WORK = 33;

const logs = (folder) => {
  writeMany(folder, COUNT);
  writeLarge(folder, 5000);
  // The proxy takes only time that nobody else wants for its index; a busy machine has none.
  execFileSync(process.env.YALLMP_BIN, ["logs", "ls", "--dir", folder]);
};
scene({ logs }, () => proxy.indexed(COUNT + 1));

test("ten thousand exchanges scroll smoothly, while new ones arrive", async () => {
  const { page, close } = await openPage(browser, `${proxy.url}/ui`);
  await page.locator(".list-row").first().waitFor();
  await page.locator(".live.on").waitFor();
  await longestTask(page);
  let going = true;
  const traffic = (async () => {
    while (going) {
      await proxy.ask("plain");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  const work = await workOf(page);
  const { reached, frames } = await page.evaluate(async (count) => {
    const list = document.querySelector(".list-scroll");
    const began = performance.now();
    for (let frames = 1; ; frames++) {
      list.scrollTop += 2000;
      const now = await new Promise((resolve) => requestAnimationFrame(resolve));
      const rows = Math.round(list.scrollHeight / 31);
      const atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 40;
      if ((rows > count && atEnd) || now - began > 180_000) return { reached: rows, frames };
    }
  }, COUNT);
  const perFrame = (await work()) / frames;
  going = false;
  await traffic;
  assert.ok(reached > COUNT, `${reached} rows were reached in ${frames} frames`);
  // What is not on screen does not exist.
  assert.ok((await page.locator(".list-row").count()) < 100);
  await page.locator(".list-row", { hasText: "Question 0" }).first().waitFor();
  const longest = await longestTask(page);
  assert.ok(longest < LONGEST, `the page stood for ${longest} ms`);
  assert.ok(perFrame < WORK, `a frame took ${perFrame} ms of work`);
  console.log(`each of ${frames} frames took ${perFrame.toFixed(1)} ms of work`);
  console.log(`longest task while scrolling ${reached} rows: ${Math.round(longest)} ms`);
  await close();
});

test("an exchange that is opened is in view in the list, wherever it is", async () => {
  const { page, close } = await openPage(browser, `${proxy.url}/ui`);
  await page.locator(".list-row").first().waitFor();
  const newest = page.locator(".list-row", { hasText: `Question ${COUNT - 1}` });
  await newest.waitFor();
  await page.locator(".list-scroll").evaluate((list) => (list.scrollTop = 5000));
  // Until then the rows are those of the place before, and the twentieth is about to be another.
  await newest.waitFor({ state: "detached" });
  const title = (await page.locator(".list-row").nth(20).innerText()).match(/Question \d+/)[0];
  await page.locator(".list-row", { hasText: title }).click();
  await page.locator(".x-head").waitFor();
  const current = page.locator(".list-row.current", { hasText: title });
  await inView(current);
  for (let times = 0; times < 30; times++) await page.keyboard.press("j");
  await inView(page.locator(".list-row.current"));
  await page.keyboard.press("Escape");
  await page.locator(".x-head").waitFor({ state: "detached" });
  await inView(page.locator(".list-row.current"));
  await close();
  // By its address, as somebody else sends it.
  const { exchanges } = await proxy.api("exchanges?limit=200");
  const other = exchanges.at(-1);
  const sent = await openPage(browser, `${proxy.url}/ui/#/exchanges/${other.id}/timeline`);
  await inView(sent.page.locator(".list-row.current", { hasText: other.title }));
  await sent.close();
});

/** Waits until all of it can be seen in the list. */
async function inView(row) {
  await row.waitFor();
  const isSeen = (element) => {
    const list = document.querySelector(".list-scroll").getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return top >= list.top - 1 && bottom <= list.bottom + 1;
  };
  await until("the row is in sight", () => row.evaluate(isSeen));
}

test("a megabyte of request and five thousand events open without a stop", async () => {
  const { page, close } = await openPage(
    browser,
    `${proxy.url}/ui/#/exchanges/large-1/stages?stage=2`,
  );
  await page.locator(".row-line.added", { hasText: "larger" }).waitFor();
  for (const [key, shown] of [
    ["1", ".row-line"],
    ["4", ".frame-line"],
    ["c", ".turn"],
    ["t", ".pairs-scroll .pair"],
  ]) {
    await page.keyboard.press(key);
    await page.locator(shown).first().waitFor();
  }
  await page.locator(".axis").focus();
  for (let step = 0; step < 40; step++) await page.keyboard.press("Shift+ArrowLeft");
  const box = await page.locator(".axis").boundingBox();
  await page.mouse.move(box.x + 100, box.y + 50);
  await page.mouse.down();
  for (let x = 100; x < box.width - 50; x += 25) await page.mouse.move(box.x + x, box.y + 50);
  await page.mouse.up();
  const longest = await longestTask(page);
  assert.ok(longest < LONGEST, `the page stood for ${longest} ms`);
  console.log(`longest task with a large exchange: ${Math.round(longest)} ms`);
  await close();
});
