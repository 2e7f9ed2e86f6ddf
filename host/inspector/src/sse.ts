// Server-sent events as text: frames of a recorded stream, and a stream that is being read.

export interface Frame {
  event: string;
  /** The data lines joined by line feeds, or null if the frame has none. */
  data: string | null;
}

/** Takes one frame apart. Comments and unknown fields are passed over. */
export function parseFrame(raw: string): Frame {
  let event = "message";
  let data: string | null = null;
  for (const line of raw.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    if (line === "" || colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (name === "data") data = data === null ? value : `${data}\n${value}`;
    else if (name === "event") event = value;
  }
  return { event, data };
}

/** Cuts text that arrives in pieces into frames. Keeps what is not complete yet. */
export class FrameReader {
  #rest = "";

  push(piece: string): Frame[] {
    const frames: Frame[] = [];
    const parts = (this.#rest + piece).replace(/\r\n/g, "\n").split("\n\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) {
      const frame = parseFrame(part);
      if (frame.data !== null) frames.push(frame);
    }
    return frames;
  }
}
