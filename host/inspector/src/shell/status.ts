// How the proxy is: asked now and then, shown in the head of the page.

import { signal } from "@preact/signals";
import * as api from "../api";
import type { Status } from "../contract";

export const status = signal<Status | null>(null);

const EVERY = 5000;

export function watchStatus(): void {
  const ask = async () => {
    if (!document.hidden && !api.locked.value) {
      try {
        status.value = await api.status();
      } catch {
        // The live connection tells the reader that the proxy is away.
      }
    }
    setTimeout(() => void ask(), EVERY);
  };
  void ask();
  api.locked.subscribe((locked) => {
    if (!locked)
      void api.status().then(
        (now) => (status.value = now),
        () => undefined,
      );
  });
}
