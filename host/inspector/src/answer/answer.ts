// An answer as far as it is known: what all dialects of the API come down to.

export interface Call {
  /** The key by which later events name this call. */
  key: number;
  id: string;
  name: string;
  arguments: string;
}

export interface Answer {
  content: string;
  reasoning: string;
  refusal: string;
  calls: Call[];
  /** Why it ended, such as `stop` or `tool_calls`. */
  finish: string | null;
  error: string | null;
}

export function empty(): Answer {
  return { content: "", reasoning: "", refusal: "", calls: [], finish: null, error: null };
}

/** A copy that later events do not change. Texts are shared. */
export function copy(answer: Answer): Answer {
  return { ...answer, calls: answer.calls.map((call) => ({ ...call })) };
}

export function isEmpty(answer: Answer): boolean {
  const { content, reasoning, refusal, calls, error } = answer;
  return !content && !reasoning && !refusal && calls.length === 0 && error === null;
}

/** The call that `key` names, made if it is new. */
export function call(answer: Answer, key: number): Call {
  let found = answer.calls.find((known) => known.key === key);
  if (!found) {
    found = { key, id: "", name: "", arguments: "" };
    answer.calls.push(found);
  }
  return found;
}

/** Whether two answers say the same. Ids of calls do not count, as every run makes its own. */
export function sameAnswer(a: Answer, b: Answer): boolean {
  const said = (answer: Answer) =>
    JSON.stringify([
      answer.content,
      answer.reasoning,
      answer.refusal,
      answer.calls.map((one) => [one.name, one.arguments]),
      answer.finish,
    ]);
  return said(a) === said(b);
}
