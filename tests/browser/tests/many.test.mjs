// Ten thousand exchanges, and a large one, do not make the page stop.

import assert from "node:assert/strict";
import { test } from "node:test";
import { longestTask, openPage } from "../kit/browser.mjs";
import { writeLarge, writeMany } from "../kit/many.mjs";
import { browser, proxy, scene } from "../kit/scene.mjs";

const COUNT = 10_000;
/** Milliseconds. A person notices 100; test machines are slow and busy. */
const LONGEST = 700;

const logs = (folder) => {
  writeMany(folder, COUNT);
  writeLarge(folder, 5000);
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
  const reached = await page.evaluate(async (count) => {
    const list = document.querySelector(".list-scroll");
    const began = performance.now();
    for (;;) {
      list.scrollTop += 2000;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const rows = Math.round(list.scrollHeight / 31);
      const atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 40;
      if ((rows > count && atEnd) || performance.now() - began > 60_000) return rows;
    }
  }, COUNT);
  going = false;
  await traffic;
  assert.ok(reached > COUNT, `${reached} rows were reached`);
  // What is not on screen does not exist.
  assert.ok((await page.locator(".list-row").count()) < 100);
  await page.locator(".list-row", { hasText: "Question 0" }).first().waitFor();
  const longest = await longestTask(page);
  assert.ok(longest < LONGEST, `the page stood for ${longest} ms`);
  console.log(`longest task while scrolling ${reached} rows: ${Math.round(longest)} ms`);
  await close();
});

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
