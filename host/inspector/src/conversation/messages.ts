// A request's conversation, and the answer to it, as turns that a person reads. Tool results
// stand at the call that they belong to.

import { applyMessage, reasoningOf } from "../answer/chat";
import { addItem } from "../answer/responses";
import { empty, type Answer } from "../answer/answer";
import { isObject, list, object, text, type Json, type JsonObject } from "../json";

export type Part =
  | { kind: "text"; text: string }
  | { kind: "image"; url: string }
  | { kind: "other"; label: string; text: string };

export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
  /** What the tool gave back; null while there is no result. */
  result: Part[] | null;
}

export interface Turn {
  role: string;
  name: string;
  reasoning: string;
  parts: Part[];
  calls: ToolCall[];
  /** For a tool's result whose call is not in the conversation: the id it names. */
  stray: string | null;
}

export interface Tool {
  name: string;
  description: string;
  schema: Json;
}

export interface Conversation {
  turns: Turn[];
  tools: Tool[];
}

/** Reads chat completions (`messages`), responses (`input`) and completions (`prompt`). */
export function conversation(request: Json | undefined): Conversation {
  const body = object(request);
  const turns: Turn[] = [];
  if (text(body["instructions"])) turns.push(turn("system", texts(text(body["instructions"]))));
  for (const message of list(body["messages"])) addChat(turns, object(message));
  if (typeof body["input"] === "string") turns.push(turn("user", texts(body["input"])));
  else for (const item of list(body["input"])) addInput(turns, object(item));
  if (typeof body["prompt"] === "string") turns.push(turn("user", texts(body["prompt"])));
  return { turns, tools: list(body["tools"]).map(tool) };
}

/** An answer as the turn that follows. */
export function answerTurn(answer: Answer): Turn {
  const said = turn("assistant", texts(answer.content));
  said.reasoning = answer.reasoning;
  if (answer.refusal) said.parts.push({ kind: "other", label: "refusal", text: answer.refusal });
  if (answer.error !== null) said.parts.push({ kind: "other", label: "error", text: answer.error });
  said.calls = answer.calls.map(({ id, name, arguments: args }) => ({
    id,
    name,
    arguments: args,
    result: null,
  }));
  return said;
}

function turn(role: string, parts: Part[]): Turn {
  return { role, name: "", reasoning: "", parts, calls: [], stray: null };
}

function texts(content: string): Part[] {
  return content ? [{ kind: "text", text: content }] : [];
}

function addChat(turns: Turn[], message: JsonObject): void {
  const role = text(message["role"]) || "?";
  if (role === "tool" || role === "function") {
    addResult(turns, text(message["tool_call_id"]), contentParts(message["content"]));
    return;
  }
  const added = turn(role, contentParts(message["content"]));
  added.name = text(message["name"]);
  const said = empty();
  applyMessage(said, { ...message, content: null });
  added.reasoning = reasoningOf(message) || thoughts(message["content"]);
  added.calls = answerTurn(said).calls;
  turns.push(added);
}

function addInput(turns: Turn[], item: JsonObject): void {
  const type = text(item["type"]) || "message";
  if (type === "function_call_output" || type === "custom_tool_call_output") {
    const output = item["output"];
    const parts = typeof output === "string" ? texts(output) : contentParts(output);
    addResult(turns, text(item["call_id"]), parts);
    return;
  }
  if (type === "message") {
    turns.push(turn(text(item["role"]) || "?", contentParts(item["content"])));
    return;
  }
  const said = empty();
  addItem(said, 0, item);
  const next = answerTurn(said);
  if (!next.reasoning && next.calls.length === 0 && next.parts.length === 0) {
    next.parts = [other(type, item)];
  }
  // Thoughts, calls and text of one answer are items of their own here, and one turn to a reader.
  const last = turns.at(-1);
  const open = last?.role === "assistant" && last.calls.every((one) => one.result === null);
  if (last && open && next.parts.length === 0) {
    last.reasoning += next.reasoning;
    last.calls.push(...next.calls);
  } else {
    turns.push(next);
  }
}

function addResult(turns: Turn[], id: string, parts: Part[]): void {
  for (const { calls } of turns.toReversed()) {
    const call = calls.find((one) => one.id === id && one.result === null);
    if (call) {
      call.result = parts;
      return;
    }
  }
  turns.push({ ...turn("tool", parts), stray: id });
}

function contentParts(content: Json | undefined): Part[] {
  if (typeof content === "string") return texts(content);
  if (content == null) return [];
  return list(content).flatMap((item) => {
    const part = object(item);
    const type = text(part["type"]);
    if (type === "thinking") return [];
    if (typeof part["text"] === "string") return texts(part["text"]);
    if (type === "image_url" || type === "input_image") {
      const url = part["image_url"];
      return [{ kind: "image", url: text(url) || text(object(url)["url"]) } satisfies Part];
    }
    return [other(type || "part", item)];
  });
}

function thoughts(content: Json | undefined): string {
  const said = empty();
  const parts = list(content).filter((part) => object(part)["type"] === "thinking");
  applyMessage(said, { content: parts });
  return said.reasoning;
}

function other(label: string, value: Json): Part {
  return { kind: "other", label, text: JSON.stringify(value, null, 2) };
}

function tool(item: Json): Tool {
  const outer = object(item);
  const inner = isObject(outer["function"]) ? outer["function"] : outer;
  return {
    name: text(inner["name"]) || text(outer["type"]) || "?",
    description: text(inner["description"]),
    schema: inner["parameters"] ?? inner["input_schema"] ?? null,
  };
}
