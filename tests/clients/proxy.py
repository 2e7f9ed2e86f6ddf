"""Starts the built proxy for a test run. Uses the standard library only."""

import os
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


class Proxy:
    """`with Proxy(config) as url:` serves until the end of the block."""

    def __init__(self, config: pathlib.Path):
        self.config = config
        self.logs = None

    def __enter__(self):
        port = free_port()
        binary = os.environ.get("YALLMP_BIN", str(ROOT / "target/debug/yallmp"))
        self.folder = tempfile.TemporaryDirectory()
        self.logs = pathlib.Path(self.folder.name) / "logs" / "requests"
        self.process = subprocess.Popen(
            [binary, "--config", str(self.config), "--port", str(port)],
            cwd=self.folder.name,
        )
        self.url = f"http://127.0.0.1:{port}"
        wait_for(f"{self.url}/health/liveness", self.process)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.folder.cleanup()
