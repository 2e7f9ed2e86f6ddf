// The only place that speaks to the proxy. Every path of the contract is a function here.

import { signal } from "@preact/signals";
import type {
  Facets,
  Overview,
  Page,
  Replayed,
  ReplayWish,
  Status,
  Summary,
  Trace,
} from "./contract";
import { FrameReader } from "./sse";

const BASE = "/ui/api";
const KEY = "yallmp-key";

/** Set while the proxy refuses us for want of the right key. */
export const locked = signal(false);

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A key was given, whether it is the right one or not. */
export function hasKey(): boolean {
  return !!sessionStorage.getItem(KEY);
}

/** The key is kept for this tab only, and forgotten with it. */
export function setKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  locked.value = false;
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  const key = sessionStorage.getItem(KEY);
  const credentials: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
  try {
    response = await fetch(BASE + path, { ...init, headers: { ...credentials, ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "The proxy does not answer. Is it running?");
  }
  if (response.ok) return response;
  // A refusal of the key before says nothing of the one that was given since.
  if (response.status === 401 && key === sessionStorage.getItem(KEY)) locked.value = true;
  throw new ApiError(response.status, await reason(response));
}

async function reason(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const message = (JSON.parse(text) as { error?: { message?: unknown } }).error?.message;
    if (typeof message === "string") return message;
  } catch {
    // Not JSON: the text itself is the best there is.
  }
  return text.slice(0, 300) || `HTTP ${response.status}`;
}

async function json<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask(path, { signal: signal ?? null })).json() as Promise<T>;
}

function query(params: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value != null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

const one = (id: string) => `/exchanges/${encodeURIComponent(id)}`;

export type Filter = Record<string, string | null | undefined>;

export const exchanges = (
  filter: Filter,
  limit: number,
  before?: string | null,
  stop?: AbortSignal,
) => json<Page>(`/exchanges${query({ ...filter, limit, before })}`, stop);

export const trace = (id: string, stop?: AbortSignal) => json<Trace>(one(id), stop);

export const previous = (id: string, stop?: AbortSignal) =>
  json<{ id: string | null }>(`${one(id)}/previous`, stop);

export const facets = () => json<Facets>("/facets");

export const status = (stop?: AbortSignal) => json<Status>("/status", stop);

export const overview = (params: Record<string, string | number | null>, stop?: AbortSignal) =>
  json<Overview>(`/overview${query(params)}`, stop);

export type ExportAs = "jsonl" | "curl" | "har" | "fixture" | "log";

/** The exchange in another form, and the file name that the proxy gives it. */
export async function exported(id: string, as: ExportAs): Promise<{ blob: Blob; name: string }> {
  const path = as === "log" ? `${one(id)}/log` : `${one(id)}/export?as=${as}`;
  const response = await ask(path);
  const named = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  const ending = { jsonl: "jsonl", curl: "sh", har: "har", fixture: "tar", log: "log" }[as];
  return { blob: await response.blob(), name: named ?? `${id}.${ending}` };
}

export async function replay(id: string, wish: ReplayWish): Promise<Replayed> {
  const response = await ask(`${one(id)}/replay`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wish),
  });
  return response.json() as Promise<Replayed>;
}

export interface LiveHandlers {
  summary?(summary: Summary): void;
  frame?(frame: { at: number; raw: string; side: "in" | "out" }): void;
  lost?(count: number): void;
  open?(): void;
}

/**
 * Follows the live stream until it ends or `stop` aborts. Resolves at the end of the stream.
 * fetch instead of EventSource, because that cannot send a key.
 */
export async function live(handlers: LiveHandlers, stop: AbortSignal, id?: string): Promise<void> {
  const response = await ask(`/live${query({ id })}`, { signal: stop });
  if (!response.body) return;
  handlers.open?.();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const frames = new FrameReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const { event, data } of frames.push(value)) {
      if (data === null) continue;
      const content = JSON.parse(data || "null") as never;
      if (event === "summary") handlers.summary?.(content);
      else if (event === "frame") handlers.frame?.(content);
      else if (event === "lost") handlers.lost?.((content as { count?: number }).count ?? 1);
      else if (event === "end") return;
    }
  }
}
