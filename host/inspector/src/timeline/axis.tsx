// The stream as a line of time: what came, what went, the gaps between, and a cursor.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { offset, seconds } from "../format";
import { colour, dark } from "../theme";
import { type Scene, step } from "./scene";

const HEIGHT = 118;
const LEFT = 66;
const RIGHT = 14;
const CAME = { top: 26, bottom: 52 };
const WENT = { top: 62, bottom: 88 };

interface Props {
  scene: Scene;
  at: number;
  onMove(at: number): void;
}

export function Axis({ scene, at, onMove }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = canvas.current?.parentElement;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const isDark = dark.value;
  useEffect(() => {
    if (canvas.current && width > 0) draw(canvas.current, width, scene);
  }, [width, scene, isDark]);

  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
    onMove(Math.min(Math.max(share, 0), 1) * scene.end);
  };
  return (
    <div
      class="axis"
      role="slider"
      tabIndex={0}
      aria-label="Moment of the stream"
      aria-valuemin={0}
      aria-valuemax={scene.end}
      aria-valuenow={at}
      aria-valuetext={`${offset(at)} of ${seconds(scene.end)}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        point(event);
      }}
      onPointerMove={(event) => event.buttons > 0 && point(event)}
    >
      <canvas ref={canvas} height={HEIGHT} />
      <i class="cursor" style={{ transform: `translateX(${place(at, scene, width)}px)` }} />
    </div>
  );
}

/** Where an arrow key leads; undefined for other keys. */
export function moved(scene: Scene, at: number, key: string, fast: boolean): number | undefined {
  const far = fast ? 10 : 1;
  switch (key) {
    case "ArrowLeft":
      return step(scene.moments, at, -far);
    case "ArrowRight":
      return step(scene.moments, at, far);
    case "Home":
      return 0;
    case "End":
      return scene.end;
    default:
      return undefined;
  }
}

/** Pixels from the left. */
function place(time: number, scene: Scene, width: number): number {
  return LEFT + (time / scene.end) * (width - LEFT - RIGHT);
}

/** The cursor is no part of it, so that moving that costs nothing. */
function draw(canvas: HTMLCanvasElement, width: number, scene: Scene): void {
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = HEIGHT * scale;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${HEIGHT}px`;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(scale, scale);
  pen.font = `11px ${colour("--sans")}`;
  const x = (time: number) => place(time, scene, width);

  lanes(pen, width);
  drawGaps(pen, scene, x);
  ticks(pen, scene.came, CAME, colour("--came"), x);
  ticks(pen, scene.went, WENT, colour("--accent"), x);
  marks(pen, scene, width, x);
  ruler(pen, scene.end, width, x);
}

function lanes(pen: CanvasRenderingContext2D, width: number): void {
  for (const [name, lane] of [
    ["backend", CAME],
    ["client", WENT],
  ] as const) {
    pen.fillStyle = colour("--sunken");
    pen.fillRect(LEFT, lane.top, width - LEFT - RIGHT, lane.bottom - lane.top);
    pen.fillStyle = colour("--faint");
    pen.textAlign = "left";
    pen.fillText(name, 12, (lane.top + lane.bottom) / 2 + 4);
  }
}

function drawGaps(pen: CanvasRenderingContext2D, scene: Scene, x: (time: number) => number): void {
  pen.textAlign = "center";
  for (const gap of scene.gaps) {
    const left = x(gap.from);
    const wide = x(gap.until) - left;
    pen.fillStyle = colour("--gap");
    pen.fillRect(left, CAME.top, wide, CAME.bottom - CAME.top);
    const label = seconds(gap.until - gap.from);
    if (pen.measureText(label).width + 8 < wide) {
      pen.fillStyle = colour("--warn");
      pen.fillText(label, left + wide / 2, (CAME.top + CAME.bottom) / 2 + 4);
    }
  }
}

/** Events of one pixel are one line, the darker the more there are. */
function ticks(
  pen: CanvasRenderingContext2D,
  times: readonly number[],
  lane: typeof CAME,
  tone: string,
  x: (time: number) => number,
): void {
  const columns = new Map<number, number>();
  for (const time of times) {
    const column = Math.round(x(time));
    columns.set(column, (columns.get(column) ?? 0) + 1);
  }
  pen.fillStyle = tone;
  for (const [column, count] of columns) {
    pen.globalAlpha = Math.min(1, 0.5 + count * 0.12);
    pen.fillRect(column - 0.75, lane.top + 3, 1.5, lane.bottom - lane.top - 6);
  }
  pen.globalAlpha = 1;
}

function marks(
  pen: CanvasRenderingContext2D,
  scene: Scene,
  width: number,
  x: (time: number) => number,
): void {
  const tones = { plain: "--faint", good: "--good", bad: "--bad" };
  let free = 0;
  for (const mark of [...scene.marks].sort((a, b) => a.at - b.at)) {
    const left = x(mark.at);
    pen.fillStyle = colour(tones[mark.tone]);
    pen.fillRect(left - 0.5, CAME.top - 4, 1, WENT.bottom - CAME.top + 8);
    const wide = pen.measureText(mark.label).width;
    if (left < free) continue;
    const fits = left + 3 + wide <= width;
    pen.textAlign = fits ? "left" : "right";
    pen.fillText(mark.label, left + (fits ? 3 : -8), 11);
    free = left + wide + 10;
  }
}

function ruler(
  pen: CanvasRenderingContext2D,
  end: number,
  width: number,
  x: (time: number) => number,
): void {
  const wish = end / Math.max(2, Math.floor((width - LEFT) / 110));
  const power = 10 ** Math.floor(Math.log10(wish));
  const every = ([1, 2, 5, 10].find((n) => n * power >= wish) ?? 10) * power;
  pen.fillStyle = colour("--faint");
  pen.textAlign = "center";
  for (let time = 0; time <= end + every / 1000; time += every) {
    pen.fillRect(x(time) - 0.5, WENT.bottom + 3, 1, 4);
    pen.fillText(time === 0 ? "0" : seconds(time), x(time), WENT.bottom + 19);
  }
}
