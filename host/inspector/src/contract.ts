// What the proxy answers under /ui/api. Members may be missing or null where they are unknown;
// members that are not listed here are passed over. Times are seconds since the exchange began,
// but for `started` (RFC 3339) and those of the overview and the status, which are Unix seconds.
// What a trace holds is told member by member in docs/trace.md.

export type Header = [name: string, value: string];

export interface Tokens {
  input?: number | null;
  output?: number | null;
  cached?: number | null;
  reasoning?: number | null;
}

export type State = "running" | "success" | "error" | "cancelled";

export interface Summary {
  id: string;
  file?: string | null;
  started: string;
  model: string;
  path: string;
  streaming: boolean;
  state: State;
  status?: number | null;
  error?: string | null;
  deployment?: string | null;
  target?: string | null;
  attempts?: number | null;
  fell_back?: boolean;
  tokens?: Tokens | null;
  first_event?: number | null;
  total?: number | null;
  events_in?: number | null;
  events_out?: number | null;
  bytes_out?: number | null;
  changed_by?: string[];
  failed_plugins?: string[];
  level?: string;
  notes_dropped?: number | null;
  title?: string | null;
}

export interface Body {
  body?: string | null;
  size?: number | null;
}

export interface Patched extends Body {
  at: number;
  plugin: string;
  headers: string[];
}

export interface Change {
  at: number;
  plugin: string;
  held?: number;
  released?: number;
  dropped?: number;
  added?: number;
  given?: Given[] | null;
}

/** An event of the backend as it came, by its number, or a new one. */
export type Given = { event: number } | { name?: string | null; data: string };

export interface TraceEvent {
  at: number;
  /** From 1; 0 for a frame that is no event: a comment, `[DONE]`. */
  number: number;
  /** Null where it was not kept. */
  raw: string | null;
  lossy?: boolean;
  changes?: Change[];
}

export interface PluginCost {
  name: string;
  calls?: number | null;
  time?: number | null;
  held_events?: number | null;
  held_bytes?: number | null;
  dropped?: number | null;
  added?: number | null;
  changed?: number | null;
  failed?: boolean;
}

export interface Attempt {
  number: number;
  at: number;
  deployment: string;
  backend?: string | null;
  url?: string | null;
  target?: string | null;
  patched: Patched[];
  sent?: (Body & { at: number; headers?: Header[] }) | null;
  head?: { at: number; status: number; headers: Header[] } | null;
  received?: (Body & { at: number; changes?: Change[] }) | null;
  events: TraceEvent[];
  committed?: number | null;
  failed?: { at: number; error: string; next?: string | null } | null;
  plugins?: PluginCost[];
}

/** A frame that the client got, and the number of the event that it came with. */
export interface OutFrame {
  at: number;
  raw: string;
  event?: number | null;
}

export interface PluginFailure {
  at: number;
  attempt?: number;
  plugin: string;
  hook: string;
  error: string;
  skipped?: boolean;
  input?: string | null;
}

export interface Trace {
  schema: number;
  summary: Summary;
  /** Null if the beginning of the log is lost. */
  client: (Body & { method: string; path: string; host?: string | null; headers: Header[] }) | null;
  route: string[];
  attempts: Attempt[];
  out: OutFrame[];
  delivered?: (Body & { at: number }) | null;
  lines?: { at: number; attempt?: number; plugin: string; level: string; message: string }[];
  facts?: { at: number; attempt?: number; plugin: string; name: string; value: string }[];
  plugin_failures?: PluginFailure[];
  warnings?: { at: number; text: string }[];
  end?: {
    outcome: string;
    reason?: string | null;
    status?: number | null;
    error?: string | null;
    usage?: unknown;
    notes_dropped?: number | null;
  } | null;
}

export interface Page {
  exchanges: Summary[];
  next?: string | null;
  indexing?: number | null;
}

export interface Facets {
  models: string[];
  deployments: string[];
  plugins: string[];
  outcomes: string[];
}

export interface Status {
  version: string;
  started?: string | null;
  log: {
    enabled: boolean;
    dir?: string | null;
    dropped?: number;
    files?: number;
    indexed?: number;
  };
  deployments: { id: string; state: string; until?: string | number | null }[];
}

type Numbers = (number | null)[];

export interface Series {
  model?: string | null;
  deployment?: string | null;
  requests: number[];
  errors: number[];
  retries: number[];
  fallbacks: number[];
  tokens_per_second: Numbers;
  first_event_p50: Numbers;
  first_event_p95: Numbers;
  gap_p50: Numbers;
  gap_p95: Numbers;
  overhead_p50: Numbers;
}

export interface PluginRow {
  name: string;
  calls: number;
  time_per_call?: number | null;
  changed: number;
  failed: number;
  dropped?: number;
  added?: number;
}

/** A stretch of time in which a deployment was not asked, in Unix seconds. */
export interface Cooldown {
  deployment: string;
  since: number;
  until: number;
  /** It is not over. */
  now: boolean;
}

export interface Overview {
  since: number;
  until: number;
  step: number;
  times: number[];
  series: Series[];
  cooldowns: Cooldown[];
  /** Those before it are not known. */
  cooldowns_known_since?: number | null;
  plugins: PluginRow[];
  totals: Record<string, number | null>;
}

export interface ReplayWish {
  model?: string;
  stream?: boolean;
  offline?: boolean;
}

export interface Replayed {
  id?: string;
  same?: boolean;
  diff?: string;
  outcome?: unknown;
}
