import { expect, test } from "vitest";
import { compare, regions } from "../src/prompt/prefix";

const system = { role: "system", content: "Be kind." };
const user = (content: string) => ({ role: "user", content });
const tools = [{ type: "function", function: { name: "get" } }];

test("a turn that only adds keeps the cache", () => {
  const found = compare(
    { model: "m", tools, messages: [system, user("a")] },
    { model: "m", tools, messages: [system, user("a"), user("b")] },
  );
  expect(found.brokenAt).toBeNull();
  expect(found.regions.map((region) => region.fate)).toEqual(["same", "same", "same", "new"]);
  expect(found.share).toBeGreaterThan(0.5);
  expect(found.settings).toEqual([]);
});

test("a changed system prompt breaks it there, and all behind is read anew", () => {
  const found = compare(
    { tools, messages: [system, user("a")] },
    { tools, messages: [{ ...system, content: "Be mean." }, user("a"), user("b")], temperature: 1 },
  );
  expect(found.brokenAt).toBe(1);
  expect(found.was?.label).toBe("messages[0] system");
  expect(found.regions.map((region) => region.fate)).toEqual([
    "same",
    "changed",
    "behind",
    "behind",
  ]);
  expect(found.sameInside).toBeGreaterThan(20);
  expect(found.settings).toEqual(["temperature"]);
});

test("a turn that names the answer before it has what the backend keeps", () => {
  const first = { instructions: "Be kind.", input: "a" };
  const found = compare(first, {
    instructions: "Be kind.",
    input: "b",
    previous_response_id: "resp_1",
  });
  expect(found.brokenAt).toBeNull();
  expect(found.regions.map((region) => [region.label, region.fate])).toEqual([
    ["instructions", "same"],
    ["input, kept by the backend", "same"],
    ["input", "new"],
  ]);
  expect(found.settings).toEqual([]);
  const other = compare(first, {
    instructions: "Be mean.",
    input: "b",
    previous_response_id: "resp_1",
  });
  expect(other.brokenAt).toBe(0);
});

test("a history that became shorter breaks it, too", () => {
  const found = compare(
    { messages: [system, user("a"), user("b")] },
    { messages: [system, user("a")] },
  );
  expect(found.brokenAt).toBe(2);
  expect(found.regions.map((region) => region.fate)).toEqual(["same", "same"]);
});

test("tools stand before messages, as backends read them", () => {
  const labels = regions({ messages: [system], tools, instructions: "x", input: [user("a")] });
  expect(labels.map((region) => region.label)).toEqual([
    "tools[0] get",
    "instructions",
    "messages[0] system",
    "input[0] user",
  ]);
});
