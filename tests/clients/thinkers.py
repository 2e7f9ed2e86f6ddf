"""A backend whose models think: in every shape, asked in every dialect, and with a memory.

The name of the model says which: `shape-…` answers as a case of `reasoning-normalize` does,
`asked-…` refuses whoever does not ask in its own dialect, `keeps-…` refuses a conversation in
which a call comes back without its thought. Uses the standard library only.
"""

import json
import pathlib
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "plugins/reasoning-normalize/tests/fixtures"

# ------------------------------------------------------------------ shapes of reasoning


def read(message):
    """What a client sees: each text field as one text."""
    fields = ("content", "reasoning_content", "reasoning")
    return {name: message[name] for name in fields if message.get(name)}


def collect(deltas):
    """The message that deltas add up to, field by field."""
    message = {}
    for delta in deltas:
        for name, value in delta.items():
            if value is None or name == "role":
                continue
            both = [message.get(name, ""), value]
            if not all(isinstance(one, str) for one in both):
                both = [one if isinstance(one, list) else [one] for one in both if one]
                message[name] = [part for one in both for part in one]
            else:
                message[name] = "".join(both)
    return message


def shapes():
    """The cases of `reasoning-normalize` that are about text, by name."""
    found = {}
    for path in sorted(FIXTURES.glob("*.txt")):
        parts = ("\n" + path.read_text()).split("\n--- ")[1:]
        parts = {name: body.removesuffix("\n") for name, _, body in (p.partition("\n") for p in parts)}
        *deltas, end = parts["deltas"].splitlines()
        expected = json.loads(parts["message"])
        if end == "nothing" or "tool_calls" in expected:
            continue
        found[path.stem] = {
            "deltas": [json.loads(line) for line in deltas],
            "finish": end,
            "config": json.loads(parts.get("config", "{}")),
            "profile": json.loads(parts.get("profile", "{}")),
            "streamed": parts.get("only") != "whole",
            "whole": "only" not in parts or parts["only"] == "whole",
            "expected": read(expected),
        }
    return found


# ------------------------------------------------------------------ dialects

HIGH = {"reasoning_effort": "high"}
BUDGET = {"thinking": {"type": "enabled", "budget_tokens": 16384}}
# What each backend wants to hear, when much reasoning is wanted.
DIALECTS = {
    "openai_chat": HIGH,
    "anthropic_enabled": BUDGET,
    "anthropic_compat": BUDGET,
    "anthropic_adaptive": {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
    "gemini_compat": HIGH,
    "thinking_type": {"thinking": {"type": "enabled"}} | HIGH,
    "thinking_type_adaptive": {"thinking": {"type": "adaptive"}},
    "minimax_split": {"reasoning_split": True},
    "dashscope": {"enable_thinking": True, "thinking_budget": 16384},
    "chat_template_kwargs": {
        "chat_template_kwargs": {"enable_thinking": True, "thinking": True, "reasoning_effort": "high"}
    },
    "openrouter": {"reasoning": {"effort": "high"}},
    "groq": {"reasoning_format": "parsed", "reasoning_effort": "default"},
    "groq_gpt_oss": {"include_reasoning": True} | HIGH,
    "together": {"reasoning": {"enabled": True}} | HIGH,
    "fireworks": HIGH,
    "cerebras": HIGH,
    "deepinfra": HIGH,
    "ollama_native": {"think": "high"},
    "ollama_compat": HIGH,
    "lmstudio": HIGH,
    "mistral": HIGH,
    "mistral_prompt_mode": {"prompt_mode": "reasoning"},
    "xai": HIGH,
    "harmony_prompt": "Reasoning: high",
    "nemotron_prompt": "detailed thinking on",
    "prompt_switch": "/think",
}
# What else a client says.
OTHERS = {"model", "messages", "stream", "tools"}


def is_asked(dialect, request):
    """Whether the request asks so, and in no other way."""
    wanted = DIALECTS[dialect]
    said = {name: value for name, value in request.items() if name not in OTHERS}
    if isinstance(wanted, str):
        return not said and any(wanted in message["content"] for message in request["messages"])
    return said == wanted


# ------------------------------------------------------------------ memory

THOUGHT = "Both at once, then I compare."
DETAILS = [{"type": "reasoning.text", "text": THOUGHT, "signature": "c2lnbmVk", "index": 0}]
SIGNATURE = {"google": {"thought_signature": "c2lnbmF0dXJl"}}
LIST = [{"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]}]

# By profile: how a thought comes, whether a message that comes back has it, and the documented
# words of the refusal.
KEEPERS = {
    "deepseek": (
        lambda message: message.update(reasoning_content=THOUGHT),
        lambda message: message.get("reasoning_content") == THOUGHT,
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
    ),
    "moonshot": (
        lambda message: message.update(reasoning_content=THOUGHT),
        lambda message: message.get("reasoning_content") == THOUGHT,
        "thinking is enabled but reasoning_content is missing in assistant tool call message at index 1",
    ),
    "gemini": (
        lambda message: message["tool_calls"][0].update(extra_content=SIGNATURE),
        lambda message: message["tool_calls"][0].get("extra_content") == SIGNATURE,
        "Function call is missing a thought_signature in functionCall parts.",
    ),
    "openrouter": (
        lambda message: message.update(reasoning=THOUGHT, reasoning_details=DETAILS),
        lambda message: message.get("reasoning_details") == DETAILS,
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
    ),
    "vllm": (
        lambda message: message.update(reasoning=THOUGHT),
        lambda message: message.get("reasoning") == message.get("reasoning_content") == THOUGHT,
        "reasoning is missing",
    ),
    "raw": (
        lambda message: message.update(content=f"<think>\n{THOUGHT}\n</think>\n\n"),
        lambda message: f"<think>\n{THOUGHT}\n</think>" in (message.get("content") or ""),
        "reasoning is missing",
    ),
    "mistral": (
        lambda message: message.update(content=LIST),
        lambda message: LIST[0] in (message.get("content") or []),
        "reasoning is missing",
    ),
}
STEPS = 4


def step(profile, request):
    """Asks for two calls at once, step by step; refuses where a thought is gone."""
    think, has_thought, refusal = KEEPERS[profile]
    turns = [message for message in request["messages"] if message.get("tool_calls")]
    for message in turns:
        if not has_thought(message):
            return None, refusal
    if len(turns) == STEPS:
        return {"role": "assistant", "content": "Done."}, "stop"
    calls = [
        {
            "index": at,
            "id": f"x{len(turns)}{at}{profile.ljust(6, 'z')[:6]}",
            "type": "function",
            "function": {"name": "get_weather", "arguments": json.dumps({"city": city})},
        }
        for at, city in enumerate(("Oslo", "Rome"))
    ]
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    think(message)
    return message, "tool_calls"


# ------------------------------------------------------------------ the server


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        kind, _, name = request["model"].partition("-")
        deltas = None
        if kind == "shape":
            shape = self.server.shapes[name]
            deltas, end = shape["deltas"], shape["finish"]
            message = {"role": "assistant", "content": None} | collect(deltas)
        elif kind == "asked":
            asked = is_asked(name, request)
            message, end = ({"role": "assistant", "content": "Asked."}, "stop") if asked else (None, "unknown words")
        else:
            message, end = step(name, request)
        if message is None:
            error = {"message": end, "type": "invalid_request_error"}
            return self.reply(400, "application/json", json.dumps({"error": error}))
        head = {"id": "c", "created": 1, "model": request["model"]}
        if not request.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": end}
            whole = head | {"object": "chat.completion", "choices": [choice]}
            return self.reply(200, "application/json", json.dumps(whole))
        if deltas is None:
            thought = {name: value for name, value in message.items() if name not in ("role", "tool_calls")}
            calls = {name: value for name, value in message.items() if name == "tool_calls"}
            deltas = [{"role": "assistant"}, thought, *([calls] if calls else [])]
        head["object"] = "chat.completion.chunk"
        steps = [*((delta, None) for delta in deltas), ({}, end)]
        events = [
            head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]} for delta, finish in steps
        ]
        text = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        self.reply(200, "text/event-stream", text + "data: [DONE]\n\n")

    def reply(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def config(url):
    """The proxy's: every model with the plugins as `mended-…`, without as `raw-…`. JSON is YAML."""
    models, profiles = [], []

    def add(model, profile, plugins):
        params = {"model": f"openai/{model}", "api_base": url, "api_key": "none", "profile": profile}
        models.append({"model_name": f"mended-{model}", "litellm_params": params, "plugins": plugins})
        models.append({"model_name": f"raw-{model}", "litellm_params": params, "plugins": ["model-rewrite"]})

    for name, shape in shapes().items():
        if shape["profile"]:
            # Facts without a name are those of a model, on a server that is not known.
            facts = shape["profile"].get("reasoning", {})
            if "name" not in shape["profile"]:
                facts = facts | {"format": {"raw": "maybe"} | facts.get("format", {})}
            profiles.append({"name": f"of-{name}", "reasoning": facts})
        add(f"shape-{name}", f"of-{name}" if shape["profile"] else "none", {"reasoning-normalize": shape["config"]})
    for dialect in DIALECTS:
        add(f"asked-{dialect}", "none", {"reasoning-inject": {"dialect": dialect}})
    for profile in KEEPERS:
        add(f"keeps-{profile}", profile, {"reasoning-keep": {"scope": "all"}})
    return {
        "model_list": models,
        "profiles": profiles,
        "router_settings": {"num_retries": 0, "allowed_fails": 100000},
        "general_settings": {"master_key": "sk-test-key"},
    }


class Backend:
    """`with Backend() as backend:` answers; `backend.config` is a file for the proxy."""

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.shapes = shapes()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.folder = tempfile.TemporaryDirectory()
        self.config = pathlib.Path(self.folder.name) / "litellm_config.yaml"
        self.config.write_text(json.dumps(config(f"http://127.0.0.1:{self.server.server_port}/v1")))
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.folder.cleanup()
