// The part of a long list that is on screen.

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

export type Virtual = Virtualizer<HTMLElement, HTMLElement>;

/** Rows of one height, in pixels, in an element that scrolls. */
export function useVirtual(
  count: number,
  height: number,
  scroll: RefObject<HTMLElement | null>,
): Virtual {
  const [, render] = useReducer((n: number) => n + 1, 0);
  const options = {
    count,
    estimateSize: () => height,
    getScrollElement: () => scroll.current,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    overscan: 8,
    onChange: () => render(0),
  };
  const [virtual] = useState<Virtual>(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  useLayoutEffect(() => virtual.measure(), [virtual, height]);
  return virtual;
}
