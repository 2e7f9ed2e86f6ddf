// Waiting for what has no event of its own.

import assert from "node:assert/strict";

/** Milliseconds. Long enough for a busy machine; a test that waits this long has failed. */
export const PATIENCE = 60_000;

/** Waits until `look` gives something that is true, and gives that. `what` names what never came. */
export async function until(what, look, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    assert.ok(Date.now() < end, `never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
