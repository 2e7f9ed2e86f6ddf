// A backend that says what the test tells it, when the test tells it.

import { once } from "node:events";
import { createServer } from "node:http";

export class Backend {
  static async start() {
    const backend = new Backend();
    backend.waiting = [];
    backend.asked = [];
    backend.server = createServer((request, response) => void backend.answer(request, response));
    backend.server.listen(0, "127.0.0.1");
    await once(backend.server, "listening");
    backend.port = backend.server.address().port;
    return backend;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  async answer(request, response) {
    let text = "";
    for await (const piece of request) text += piece;
    const body = JSON.parse(text);
    const heard = this.asked.shift();
    if (heard) heard(new Stream(body, response));
    else this.waiting.push(new Stream(body, response));
  }

  /** The next request that comes, or the oldest that nobody took. */
  next() {
    const here = this.waiting.shift();
    return here ? Promise.resolve(here) : new Promise((resolve) => this.asked.push(resolve));
  }
}

class Stream {
  constructor(body, response) {
    this.body = body;
    this.response = response;
  }

  chunk(delta, more = {}) {
    if (!this.response.headersSent) {
      this.response.writeHead(200, { "content-type": "text/event-stream" });
    }
    const choices = [{ index: 0, delta, finish_reason: null, ...more }];
    const event = { id: "c1", object: "chat.completion.chunk", model: "scripted", choices };
    this.response.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  say(content) {
    this.chunk({ content });
  }

  end({ finish = "stop", usage } = {}) {
    this.chunk({}, { finish_reason: finish });
    if (usage) {
      this.response.write(
        `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", choices: [], usage })}\n\n`,
      );
    }
    this.response.end("data: [DONE]\n\n");
  }

  whole(message, usage) {
    const choices = [
      { index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" },
    ];
    this.json({ id: "c1", object: "chat.completion", model: "scripted", choices, usage });
  }

  json(answer) {
    this.response.writeHead(200, { "content-type": "application/json" });
    this.response.end(JSON.stringify(answer));
  }
}
