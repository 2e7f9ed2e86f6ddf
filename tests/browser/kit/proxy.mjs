// A proxy of the test's own: built binary, free port, folder of its own.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
    proxy.port = await freePort();
    proxy.url = `http://127.0.0.1:${proxy.port}`;
    proxy.env = { ...process.env, BACKEND_PORT: String(backend?.port ?? 1), ...env };
    await proxy.run();
    return proxy;
  }

  /** Starts the process, also once more after its end: with the same port and folder. */
  async run() {
    this.process = spawn(BINARY, ["--config", this.config, "--port", String(this.port)], {
      cwd: this.folder,
      env: this.env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.errors = "";
    this.process.stderr.on("data", (data) => (this.errors += data));
    for (let tries = 0; ; tries++) {
      if (this.process.exitCode !== null || tries > 600)
        throw new Error(`no start: ${this.errors}`);
      const answer = await fetch(`${this.url}/health/liveness`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
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
    for (let tries = 0; tries < 3000; tries++) {
      const { indexing } = await this.api("exchanges?limit=1");
      const { log } = await this.api("status");
      if (indexing === 0 && log.indexed >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(
      `the index has not got ${count} exchanges: ${JSON.stringify(await this.api("status"))}`,
    );
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

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
