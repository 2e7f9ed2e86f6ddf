"""A backend that leaks tool calls as text in every dialect, from the cases of `tool-call-fix`.

The name of the model is the case. Uses the standard library only.
"""

import json
import pathlib
import re
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = pathlib.Path(__file__).resolve().parents[2] / "plugins/tool-call-fix/tests"
REQUEST = json.loads((ROOT / "it/request.json").read_text())

# Folders of cases about something else than a format.
OTHERS = {"arguments", "chunks", "finish", "form", "identity", "names", "policies", "reasoning", "types", "untouched"}

CONFIG = """
model_list:
  - model_name: "mended/*"
    litellm_params: {{ model: "openai/*", api_base: "{url}", api_key: none }}
    plugins: {{ tool-call-fix: {{ formats: all }} }}
  - model_name: "as-it-came/*"
    litellm_params: {{ model: "openai/*", api_base: "{url}", api_key: none }}
    plugins: [model-rewrite]
general_settings: {{ master_key: sk-test-key }}
"""


def sections(text):
    parts = ("\n" + text).split("\n--- ")[1:]
    return {name: body.removesuffix("\n") for name, _, body in (p.partition("\n") for p in parts)}


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def read(path):
    """A case as the SDK's tests need it; none if it has settings or a request of its own."""
    parts = sections(path.read_text())
    config = json.loads(parts.get("config", "null"))
    usual = config in (None, {"formats": "all"})
    if not usual or {"request", "profile"} & parts.keys() or "content" not in parts:
        return None
    calls = [line.split(" ", 2)[1:] for line in parts["out"].splitlines() if line.startswith("call ")]
    # A call that stays open is none for a client.
    if not all(is_json(args) for _, args in calls) or not calls or parts.get("finish", "stop") != "stop":
        return None
    return {
        "name": f"{path.parent.name}/{path.stem}",
        "content": parts["content"],
        "calls": [{"name": name, "arguments": json.loads(args)} for name, args in calls],
    }


def cases():
    paths = sorted((ROOT / "fixtures").glob("*/*.txt"))
    found = (read(path) for path in paths if path.parent.name not in OTHERS)
    return [case for case in found if case]


def chunk(delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def streamed(content):
    yield chunk({"role": "assistant", "content": ""})
    # As tokens are cut: words stay whole, signs come in pieces.
    for piece in re.findall(r"\w+|\W{1,3}", content):
        yield chunk({"content": piece})
    yield chunk({}, "stop")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        content = self.server.contents[asked["model"]]
        if asked.get("stream"):
            events = [f"data: {json.dumps(event)}\n\n" for event in streamed(content)]
            body, kind = "".join(events) + "data: [DONE]\n\n", "text/event-stream"
        else:
            message = {"role": "assistant", "content": content}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
            body, kind = json.dumps(whole), "application/json"
        data = body.encode()
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Backend:
    """`with Backend() as backend:` answers; `backend.config` is a file for the proxy."""

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.contents = {case["name"]: case["content"] for case in cases()}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.folder = tempfile.TemporaryDirectory()
        self.config = pathlib.Path(self.folder.name) / "litellm_config.yaml"
        url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.config.write_text(CONFIG.format(url=url))
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.folder.cleanup()
