// The answer as it was after each frame of a stream.

import { isObject, object, parseJson, text } from "../json";
import { parseFrame } from "../sse";
import { copy, empty, type Answer } from "./answer";
import { applyChat } from "./chat";
import { applyResponses, wholeResponse } from "./responses";

const STEP = 128;

/** Adds one frame. `[DONE]`, comments and what is no JSON change nothing. */
export function applyFrame(answer: Answer, raw: string): void {
  const { event, data } = parseFrame(raw);
  if (data !== null && data !== "[DONE]") applyData(answer, data, event);
}

export function applyData(answer: Answer, data: string, event = "message"): void {
  const value = parseJson(data);
  if (!isObject(value)) return;
  if (value["error"] != null || event === "error") {
    const error = value["error"] ?? value;
    answer.error = text(object(error)["message"]) || text(error) || JSON.stringify(error);
  } else if (Array.isArray(value["choices"])) {
    applyChat(answer, value);
  } else if (value["object"] === "response") {
    Object.assign(answer, wholeResponse(value));
  } else {
    applyResponses(answer, value);
  }
}

/** The answer of a body that came at once. */
export function whole(body: string): Answer {
  const answer = empty();
  applyData(answer, body);
  return answer;
}

/**
 * Any moment of a stream without going through all of it again: the answer is kept after each
 * 128 frames, and the rest is added from there.
 */
export class History {
  readonly #frames: readonly string[];
  readonly #kept: Answer[] = [empty()];

  constructor(frames: readonly string[]) {
    this.#frames = frames;
  }

  get length(): number {
    return this.#frames.length;
  }

  /** The answer after the first `count` frames. */
  after(count: number): Answer {
    const wanted = Math.min(Math.max(count, 0), this.#frames.length);
    const block = Math.floor(wanted / STEP);
    while (this.#kept.length <= block) {
      const done = this.#kept.length - 1;
      this.#kept.push(this.#run(done, (done + 1) * STEP));
    }
    return this.#run(block, wanted);
  }

  #run(block: number, until: number): Answer {
    const answer = copy(this.#kept[block] ?? empty());
    for (const raw of this.#frames.slice(block * STEP, until)) applyFrame(answer, raw);
    return answer;
  }
}
