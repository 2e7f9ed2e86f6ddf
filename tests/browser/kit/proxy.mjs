// A proxy of the test's own: built binary, free port, folder of its own.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.mjs";

const BINARY = process.env.YALLMP_BIN;

export class Proxy {
  /** `change` may edit the configuration's text; `logs` is given the folder of logs before the start. */
  static async start({ backend, change = (text) => text, logs = () => {}, env = {} } = {}) {
    const proxy = new Proxy();
    proxy.folder = mkdtempSync(join(tmpdir(), "yallmp-browser-"));
    proxy.logs = join(proxy.folder, "logs/requests");
    mkdirSync(proxy.logs, { recursive: true });
    logs(proxy.logs);
    proxy.config = join(proxy.folder, "config.yaml");
    writeFileSync(proxy.config, change(readFileSync("config.yaml", "utf8")));
    proxy.port = 0;
    proxy.env = {
      ...process.env,
      BACKEND_PORT: String(backend?.port ?? 1),
      ...env,
    };
    await proxy.run();
    return proxy;
  }

  /** Starts the process on a free port; after its end once more, with the same port and folder. */
  async run() {
    this.process = spawn(BINARY, ["--config", this.config, "--port", String(this.port)], {
      cwd: this.folder,
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.errors = "";
    this.process.stderr.on("data", (data) => (this.errors += data));
    let said = "";
    this.process.stdout.on("data", (data) => (said += data));
    const [, port] = await until("the proxy listens", () => {
      if (this.process.exitCode !== null) throw new Error(`no start: ${this.errors}`);
      return /listening on http:\/\/\S+:(\d+)\n/.exec(said);
    });
    this.port = Number(port);
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Ends the process; what it wrote stays. */
  async end() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    if (this.process.exitCode === null) {
      this.process.kill("SIGTERM");
      const force = setTimeout(() => this.process.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(force);
    }
  }

  async stop() {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Asks a model, and gives its whole answer back as text. */
  async ask(model, { messages, stream = true, headers = {}, ...rest } = {}) {
    const response = await this.begin(model, { messages, stream, headers, ...rest });
    return response.text();
  }

  begin(model, { messages, stream = true, headers = {}, ...rest } = {}) {
    messages ??= [{ role: "user", content: "What is the weather in Oslo?" }];
    return fetch(`${this.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ model, stream, messages, ...rest }),
    });
  }

  async api(path, headers = {}) {
    const response = await fetch(`${this.url}/ui/api/${path}`, { headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Waits until the index has `count` exchanges that match. */
  async indexed(count) {
    await until(`the index has got ${count} exchanges`, async () => {
      const { indexing } = await this.api("exchanges?limit=1");
      const { log } = await this.api("status");
      return indexing === 0 && log.indexed >= count;
    });
  }

  /** Waits until the exchange has ended, and gives its trace. */
  ended(id) {
    return until(`${id} ends`, async () => {
      const trace = await this.api(`exchanges/${id}`).catch(() => null);
      return trace?.summary.state !== "running" && trace;
    });
  }

  /** Waits until the index knows that the turn before `id` is `before`. */
  follows(id, before) {
    return until(`${id} is the turn after ${before}`, async () => {
      const previous = await this.api(`exchanges/${id}/previous`).catch(() => null);
      return previous?.id === before;
    });
  }
}

export const WEATHER = {
  tools: [
    {
      type: "function",
      function: {
        name: "get_weather",
        parameters: { type: "object", properties: { city: { type: "string" } } },
      },
    },
  ],
};
