// What is exported, as those take it for whom it is made.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openPage } from "../kit/browser.mjs";
import { WEATHER } from "../kit/proxy.mjs";
import { browser, proxy, scene } from "../kit/scene.mjs";

scene();

const MESSAGES = [{ role: "user", content: "What is the weather in Oslo?" }];

test("playwright answers a page from an exported HTTP Archive", async () => {
  for (const stream of [true, false]) {
    const asked = { model: "leaky-tools", stream, messages: MESSAGES, ...WEATHER };
    const response = await proxy.begin(asked.model, asked);
    const id = response.headers.get("x-request-id");
    const answer = await response.text();
    await proxy.ended(id);
    const archive = await fetch(`${proxy.url}/ui/api/exchanges/${id}/export?as=har`);
    const file = join(proxy.folder, `${id}.har`);
    writeFileSync(file, await archive.text());

    const allow = (text) => text.includes("ERR_FAILED");
    const { page, close } = await openPage(browser, `${proxy.url}/ui`, { allow });
    await page.routeFromHAR(file, { url: "**/v1/**", notFound: "abort" });
    const post = (body) =>
      page.evaluate(async (body) => {
        const headers = { "content-type": "application/json" };
        const sent = fetch("/v1/chat/completions", { method: "POST", headers, body });
        const got = await sent.catch(() => null);
        const type = got?.headers.get("content-type").split(";")[0];
        const id = got?.headers.get("x-request-id");
        return got && { status: got.status, type, id, text: await got.text() };
      }, JSON.stringify(body));
    const type = stream ? "text/event-stream" : "application/json";
    assert.deepEqual(await post(asked), { status: 200, type, id, text: answer });
    // What is not in it does not reach the proxy either.
    assert.equal(await post({ ...asked, model: "plain" }), null);
    await close();
  }
});
