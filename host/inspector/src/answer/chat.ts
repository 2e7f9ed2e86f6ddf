// Chat completions (and the older completions): chunks of a stream and whole answers.

import { isObject, list, number, object, text, type Json, type JsonObject } from "../json";
import { call, type Answer } from "./answer";

/** Adds one chunk, or a whole answer. Only the first choice counts. */
export function applyChat(answer: Answer, chunk: JsonObject): void {
  for (const item of list(chunk["choices"])) {
    const choice = object(item);
    if ((number(choice["index"]) ?? 0) !== 0) continue;
    const said = isObject(choice["delta"]) ? choice["delta"] : object(choice["message"]);
    applyMessage(answer, said);
    answer.content += text(choice["text"]);
    if (typeof choice["finish_reason"] === "string") answer.finish = choice["finish_reason"];
  }
}

/** Adds what a message (or a part of one) says. */
export function applyMessage(answer: Answer, message: JsonObject): void {
  answer.reasoning += reasoningOf(message);
  if (Array.isArray(message["content"])) {
    for (const part of message["content"]) applyPart(answer, object(part));
  } else {
    answer.content += text(message["content"]);
  }
  answer.refusal += text(message["refusal"]);
  list(message["tool_calls"]).forEach((item, position) => {
    const part = object(item);
    const made = object(part["function"]);
    const known = call(answer, number(part["index"]) ?? position);
    if (text(part["id"])) known.id = text(part["id"]);
    known.name += text(made["name"]);
    known.arguments += text(made["arguments"]);
  });
  if (isObject(message["function_call"])) {
    const known = call(answer, 0);
    known.name += text(message["function_call"]["name"]);
    known.arguments += text(message["function_call"]["arguments"]);
  }
}

/** A thought, in whichever field a backend puts it. */
export function reasoningOf(message: JsonObject): string {
  const plain = text(message["reasoning_content"]) || text(message["reasoning"]);
  if (plain) return plain;
  return list(message["reasoning_details"]).map(detail).join("");
}

function detail(item: Json): string {
  const part = object(item);
  return text(part["text"]) || text(part["summary"]);
}

/** A part of a content that is a list, as Mistral sends its thoughts. */
function applyPart(answer: Answer, part: JsonObject): void {
  if (part["type"] === "thinking") {
    const thought = part["thinking"];
    answer.reasoning += Array.isArray(thought) ? thought.map(detail).join("") : text(thought);
  } else {
    answer.content += text(part["text"]);
  }
}
