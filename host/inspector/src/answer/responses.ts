// The responses API: events of a stream and whole answers.

import { isObject, list, number, object, text, type JsonObject } from "../json";
import { call, empty, type Answer } from "./answer";

export function applyResponses(answer: Answer, event: JsonObject): void {
  const type = text(event["type"]);
  const delta = text(event["delta"]);
  const index = number(event["output_index"]) ?? 0;
  switch (type) {
    case "response.output_text.delta":
      answer.content += delta;
      break;
    case "response.refusal.delta":
      answer.refusal += delta;
      break;
    case "response.reasoning_text.delta":
    case "response.reasoning_summary_text.delta":
      answer.reasoning += delta;
      break;
    case "response.output_item.added":
      named(answer, index, object(event["item"]));
      break;
    case "response.function_call_arguments.delta":
    case "response.custom_tool_call_input.delta":
      call(answer, index).arguments += delta;
      break;
    case "response.completed":
    case "response.incomplete":
    case "response.failed":
      ended(answer, object(event["response"]));
      break;
  }
}

/** A whole answer: `{"object":"response","output":[…]}`. */
export function wholeResponse(response: JsonObject): Answer {
  const answer = empty();
  list(response["output"]).forEach((item, index) => addItem(answer, index, object(item)));
  answer.finish = text(response["status"]) || null;
  return answer;
}

function ended(answer: Answer, response: JsonObject): void {
  answer.finish = text(response["status"]) || "completed";
  const error = object(response["error"]);
  if (text(error["message"])) answer.error = text(error["message"]);
  // A stream without deltas says everything at its end.
  const whole = wholeResponse(response);
  if (!answer.content) answer.content = whole.content;
  if (!answer.reasoning) answer.reasoning = whole.reasoning;
  if (answer.calls.length === 0) answer.calls = whole.calls;
}

function named(answer: Answer, index: number, item: JsonObject): void {
  if (item["type"] !== "function_call" && item["type"] !== "custom_tool_call") return;
  const known = call(answer, index);
  known.id = text(item["call_id"]) || text(item["id"]);
  known.name = text(item["name"]);
}

/** Adds one item of `output`; the conversation reads items of `input` with it, too. */
export function addItem(answer: Answer, index: number, item: JsonObject): void {
  switch (item["type"]) {
    case "reasoning":
      for (const part of [...list(item["content"]), ...list(item["summary"])]) {
        answer.reasoning += text(object(part)["text"]);
      }
      break;
    case "function_call":
    case "custom_tool_call": {
      named(answer, index, item);
      call(answer, index).arguments += text(item["arguments"]) || text(item["input"]);
      break;
    }
    default:
      if (typeof item["content"] === "string") answer.content += item["content"];
      for (const part of list(item["content"])) {
        if (!isObject(part)) continue;
        answer.content += text(part["text"]);
        answer.refusal += text(part["refusal"]);
      }
  }
}
