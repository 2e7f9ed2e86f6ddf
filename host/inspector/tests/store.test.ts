import { expect, test, vi } from "vitest";

const asked: { cursor: string | null; answer: (page: unknown) => void }[] = [];

vi.mock("../src/api", async () => {
  const { signal } = await import("@preact/signals");
  const exchanges = (_filter: unknown, _count: number, cursor: string | null) =>
    new Promise((answer) => void asked.push({ cursor, answer }));
  return { locked: signal(false), exchanges };
});
vi.mock("../src/route", async () => {
  const { signal } = await import("@preact/signals");
  return { route: signal({ params: {} }) };
});

/** Exchanges from this number down, 300 of them. */
function page(from: number, indexing = 0) {
  const exchanges = Array.from({ length: 300 }, (_, at) => ({ id: `${from - at}` }));
  return { exchanges, next: `${from - 299}`, indexing };
}

test("a page asked for before the first page moved leaves no hole", async () => {
  vi.useFakeTimers();
  const { items, loadMore, reload } = await import("../src/list/store");
  const first = reload();
  asked.shift()?.answer(page(1000, 5));
  await first;
  // Ten have come since: the list is looked at again, and the reader scrolls meanwhile.
  await vi.advanceTimersByTimeAsync(2000);
  const again = asked.shift();
  const more = loadMore();
  again?.answer(page(1010));
  await vi.advanceTimersByTimeAsync(0);
  asked.shift()?.answer(page(700));
  await more;
  const ids = items.value.map((one) => Number(one.id));
  expect(ids.filter((id, at) => id !== 1010 - at)).toEqual([]);
});
