"""A backend that plays a model at work: it asks for one shell command, then says that it is done.

The name of the model says in which dialect it asks; `tour` asks for many, each in another format.
Uses the standard library only.
"""

import json
import re
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from texts import ALONE, TEXT
from thinkers import KEEPERS

WRITE = "printf done > answer.txt"
# One step for each format that shows by itself, in one conversation.
TOUR = "tour"
STEPS = [name for name in TEXT if name != "glm4"]
# How mini-swe-agent is told the end.
SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"


def proper(name, args, index=0, number=0):
    return {
        "index": index,
        "id": f"call_{number:024d}",
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(args)},
    }


def object_arguments(call):
    call["function"]["arguments"] = json.loads(call["function"]["arguments"])


def no_id(call):
    call["id"] = ""


def twice_encoded(call):
    call["function"]["arguments"] = json.dumps(call["function"]["arguments"])


# Each spoils a proper call, as some servers do. The reason of the end is spoilt with it.
DEFECTS = {
    "object_arguments": object_arguments,
    "no_id": no_id,
    "twice_encoded": twice_encoded,
}

# Think, each in the shape of another backend, and refuse a conversation in which a call of its
# own comes back without its thought.
THINKERS = [f"keeps-{profile}" for profile in KEEPERS]
# How often, of each model.
refused = Counter()


class Refused(Exception):
    pass


def answer(request):
    """The message of an answer and the reason of its end."""
    tools = {tool["function"]["name"]: tool["function"] for tool in request.get("tools", [])}
    done = sum(message["role"] == "tool" for message in request["messages"])
    dialect = request["model"]
    if dialect in THINKERS:
        think, has_thought, refusal = KEEPERS[dialect.removeprefix("keeps-")]
        for message in request["messages"]:
            if message.get("tool_calls") and not has_thought(message):
                refused[dialect] += 1
                raise Refused(refusal)
    steps = len(STEPS) if dialect == TOUR else 1
    if "bash" not in tools or (done >= steps and len(tools) > 1):
        return {"role": "assistant", "content": "The file is written."}, "stop"
    command = SUBMIT if done >= steps else WRITE
    if dialect == TOUR:
        dialect = STEPS[min(done, steps - 1)]
        command = command if done >= steps else f"printf '{dialect} ' >> answer.txt"
    known = tools["bash"]["parameters"]["properties"]
    args = {"command": command}
    if "description" in known:
        args["description"] = "Writes the answer"
    if dialect in TEXT:
        before = "" if dialect in ALONE else "I will do it.\n"
        return {"role": "assistant", "content": before + TEXT[dialect]("bash", args)}, "stop"
    call = proper("bash", args, number=done)
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    if dialect in THINKERS:
        think(message)
        return message, "tool_calls"
    DEFECTS[dialect](call)
    return message, "stop"


def pieces(text):
    """As tokens are cut: words stay whole, signs come in pieces."""
    return re.findall(r"\w+|\W{1,3}", text)


def deltas(message):
    yield {"role": "assistant", "content": ""}
    thought = {name: message[name] for name in message if name.startswith("reasoning")}
    if thought:
        yield thought
    content = message["content"] or ""
    for part in pieces(content) if isinstance(content, str) else [content]:
        yield {"content": part}
    for call in message.get("tool_calls", []):
        yield {"tool_calls": [call]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        length = int(self.headers["content-length"])
        request = json.loads(self.rfile.read(length))
        head = {"id": "chatcmpl-1", "created": int(time.time()), "model": request["model"]}
        try:
            message, reason = answer(request)
        except Refused as refused:
            error = {"message": str(refused), "type": "invalid_request_error"}
            return self.reply(400, "application/json", json.dumps({"error": error}))
        if not request.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": reason}
            usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
            whole = head | {"object": "chat.completion", "choices": [choice], "usage": usage}
            return self.reply(200, "application/json", json.dumps(whole))
        head["object"] = "chat.completion.chunk"
        ends = [({}, reason)]
        events = [
            head | {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
            for delta, end in [(delta, None) for delta in deltas(message)] + ends
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


def serve():
    """Starts the backend; returns its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/v1"
