// How much of a prompt is what the turn before sent, too. A backend's prompt cache serves the
// longest common beginning, in the order tools, instructions, messages; what stands behind the
// first difference is read anew.

import { list, object, text, type Json, type JsonObject } from "../json";

export interface Region {
  kind: "tools" | "system" | "message";
  label: string;
  /** Its JSON. */
  text: string;
}

export type Fate = "same" | "changed" | "behind" | "new";

export interface Comparison {
  regions: (Region & { fate: Fate })[];
  /** Index of the first region that differs from the turn before; null if the cache can hold. */
  brokenAt: number | null;
  /** That region as it was, or null if there was none at that place. */
  was: Region | null;
  /** Share of the prompt's characters that the turn before had, too, from 0 to 1. */
  share: number;
  /** Of `changed`, the characters that are still the same. */
  sameInside: number;
  /** Names of other members of the request that differ. */
  settings: string[];
}

export function regions(request: Json | undefined): Region[] {
  return [...head(request), ...history(request)];
}

/** The answer that the request goes on from, if the backend keeps what was said before. */
export function continues(request: Json | undefined): string {
  return text(object(request)["previous_response_id"]);
}

/** What is sent in every turn. */
function head(request: Json | undefined): Region[] {
  const body = object(request);
  const found: Region[] = list(body["tools"]).map((tool, index) => ({
    kind: "tools",
    label: `tools[${index}] ${toolName(object(tool))}`,
    text: JSON.stringify(tool),
  }));
  if (body["instructions"] != null) {
    found.push({
      kind: "system",
      label: "instructions",
      text: JSON.stringify(body["instructions"]),
    });
  }
  return found;
}

function history(request: Json | undefined): Region[] {
  const body = object(request);
  const found: Region[] = [];
  for (const name of ["messages", "input"]) {
    const value = body[name];
    if (typeof value === "string")
      found.push({ kind: "message", label: name, text: JSON.stringify(value) });
    list(value).forEach((item, index) => {
      const role = text(object(item)["role"]) || text(object(item)["type"]);
      const system = role === "system" || role === "developer";
      found.push({
        kind: system ? "system" : "message",
        label: `${name}[${index}] ${role}`,
        text: JSON.stringify(item),
      });
    });
  }
  return found;
}

export function compare(before: Json | undefined, now: Json | undefined): Comparison {
  const old = regions(before);
  const current = [
    ...head(now),
    ...(continues(now) ? history(before).map(kept) : []),
    ...history(now),
  ];
  let common = 0;
  while (
    common < old.length &&
    common < current.length &&
    old[common]?.text === current[common]?.text
  ) {
    common++;
  }
  const broken = common < old.length && current.length > 0 ? common : null;
  const changed = broken === null ? undefined : current[broken];
  const was = broken === null ? null : (old[broken] ?? null);
  const sameInside = changed && was ? commonLength(was.text, changed.text) : 0;
  const total = sum(current);
  const fate = (index: number): Fate => {
    if (index < common) return "same";
    if (broken === null) return "new";
    return index === broken ? "changed" : "behind";
  };
  return {
    regions: current.map((region, index) => ({ ...region, fate: fate(index) })),
    brokenAt: broken,
    was,
    share: total === 0 ? 0 : (sum(current.slice(0, common)) + sameInside) / total,
    sameInside,
    settings: settings(object(before), object(now)),
  };
}

function kept(region: Region): Region {
  return { ...region, label: `${region.label}, kept by the backend` };
}

const PROMPT = ["tools", "instructions", "messages", "input", "previous_response_id"];

function settings(before: JsonObject, now: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter((name) => {
    return !PROMPT.includes(name) && JSON.stringify(before[name]) !== JSON.stringify(now[name]);
  });
}

function toolName(tool: JsonObject): string {
  return text(object(tool["function"])["name"]) || text(tool["name"]) || text(tool["type"]);
}

function sum(list: readonly Region[]): number {
  return list.reduce((total, region) => total + region.text.length, 0);
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
