// How many characters fit beside each other.

import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** Width of a character of the monospaced font at 12 px, and of what stands before a row. */
const CHARACTER = 7.25;
const GUTTER = 52;

/** Null until the element has been measured. Changes in steps, not with every pixel. */
export function useColumns(element: RefObject<HTMLElement | null>): number | null {
  const [columns, setColumns] = useState<number | null>(null);
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const fit = Math.floor((entry.contentRect.width - GUTTER) / CHARACTER);
      setColumns(Math.max(40, Math.floor(fit / 4) * 4));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return columns;
}
