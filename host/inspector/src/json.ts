// Reading JSON of unknown shape without trusting it.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** Undefined if the text is no JSON. */
export function parseJson(text: string | null | undefined): Json | undefined {
  if (text == null) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

export function number(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** JSON on one line if it is short, else indented; what is no JSON stays as it is. */
export function pretty(source: string): string {
  const value = parseJson(source);
  if (value === undefined || typeof value === "string") return source;
  return source.length <= 72 && !source.includes("\n") ? source : JSON.stringify(value, null, 2);
}
