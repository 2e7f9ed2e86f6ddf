// Frames of a stream, one on a line, with the pause before each; the one that is chosen in full.

import { offset, seconds } from "../format";
import { BodyView } from "../rows/body";
import { PickList } from "./pick-list";
import { payload } from "./stages";

/** Of a frame's text, so much is on its line. */
const SHOWN = 400;
/** Seconds after which a pause is pointed out. */
const LONG = 0.5;

export interface ListedFrame {
  at: number;
  raw: string | null;
  number: number;
}

export function Frames({ frames, label }: { frames: readonly ListedFrame[]; label: string }) {
  return (
    <PickList
      items={frames}
      label={label}
      line={(frame, index) => <FrameLine frame={frame} before={frames[index - 1]} />}
      detail={({ number, raw }) => (
        <BodyView text={payload(raw ?? "")} label={`event ${number}`}>
          <b>{number ? `event ${number}` : "no event"}</b>
        </BodyView>
      )}
    />
  );
}

function FrameLine({ frame, before }: { frame: ListedFrame; before: ListedFrame | undefined }) {
  const pause = frame.at - (before?.at ?? frame.at);
  return (
    <>
      <span class="num faint">{frame.number || "·"}</span>
      <span class="num">{offset(frame.at)}</span>
      <span class={`num ${pause > LONG ? "warn-text" : "faint"}`}>
        {pause > 0 ? seconds(pause) : ""}
      </span>
      <code class="clip">{oneLine(frame.raw, before?.raw)}</code>
    </>
  );
}

/** A frame on one line. What it has in common with the beginning of the one before is left out. */
export function oneLine(raw: string | null, before: string | null = ""): string {
  if (raw === null) return "not in the log";
  let common = 0;
  while (common < raw.length && raw[common] === before?.[common]) common++;
  const cut = Math.max(...[",", "{", "["].map((mark) => raw.lastIndexOf(mark, common - 1)));
  const start = common > 30 && cut > 12 ? cut + 1 : 0;
  const text = raw
    .slice(start, start + SHOWN)
    .trim()
    .replace(/\s*\n\s*/g, " ⏎ ");
  return start > 0 ? `⋯ ${text}` : text;
}
