// Chromium without a window, and pages that tell every complaint.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { PATIENCE } from "./until.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
}

/** A page of its own, with nothing remembered. `allow` says which complaints are expected. */
export async function openPage(
  browser,
  url,
  { theme = "light", allow = () => false, ...options } = {},
) {
  const context = await browser.newContext({
    viewport: { width: 1366, height: 768 },
    colorScheme: theme,
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints = [];
  const complain = (text) => allow(text) || complaints.push(text);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      complain(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complain(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    const isHere = origin === new URL(url).origin || ["data:", "blob:"].includes(protocol);
    if (!isHere) complain(`asked elsewhere: ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        window.longest = Math.max(window.longest, duration);
    }).observe({ type: "longtask" });
  });
  await page.goto(url);
  return {
    page,
    context,
    /** Ends the page, and fails if it complained about anything. */
    async close() {
      await context.close();
      assert.deepEqual(complaints, []);
    },
  };
}

/** The longest time, in milliseconds, for which the page did not react since the last question. */
export function longestTask(page) {
  return page.evaluate(() => {
    const longest = window.longest;
    window.longest = 0;
    return longest;
  });
}

/**
 * Begins to count what the page's thread works; what is given tells the milliseconds until then.
 * Unlike time, that does not grow with what else the machine has to do.
 */
export async function workOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const sum = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
  const before = await sum();
  return async () => (await sum()) - before;
}

/** The texts of all elements that fit. */
export async function texts(page, selector) {
  return page.locator(selector).allInnerTexts();
}

/** Waits until so many elements fit. A count taken once may be that of the moment before. */
export function counted(page, selector, count) {
  const is = ([selector, count]) => document.querySelectorAll(selector).length === count;
  return page.waitForFunction(is, [selector, count]);
}
