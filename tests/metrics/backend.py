"""A backend that streams an answer of which it had the prompt in its cache."""

import http.server
import json
import threading
import time

USAGE = {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105,
         "prompt_tokens_details": {"cached_tokens": 60}, "completion_tokens_details": {"reasoning_tokens": 2}}


class Backend:
    """`with Backend() as backend:` listens until the end of the block."""

    def __enter__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                for word in ["Oslo", " is", " fine", "."]:
                    self.say({"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})
                    time.sleep(0.02)
                self.say({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                self.say({"choices": [], "usage": USAGE})
                self.wfile.write(b"data: [DONE]\n\n")

            def say(self, event):
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
