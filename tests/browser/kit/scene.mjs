// What the tests of a file share: a backend, a proxy before it, and a browser. Made before the
// first test, gone after the last.

import { after, before } from "node:test";
import { Backend } from "./backend.mjs";
import { startBrowser } from "./browser.mjs";
import { Proxy } from "./proxy.mjs";

export let backend, proxy, browser;

/** `options` are those of `Proxy.start`; `prepare` is called when everything runs. */
export function scene(options = {}, prepare = () => {}) {
  before(async () => {
    backend = await Backend.start();
    proxy = await Proxy.start({ backend, ...options });
    browser = await startBrowser();
    await prepare();
  });
  after(async () => {
    await browser?.close();
    await proxy?.stop();
    await backend?.stop();
  });
}
