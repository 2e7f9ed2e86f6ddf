"""Starts the built proxy for a test run. Uses the standard library only."""

import os
import pathlib
import re
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


def listening(said: pathlib.Path, process: subprocess.Popen, seconds: float = 60) -> str:
    """The address that it says it listens on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := re.search(r"listening on (http://\S+)\n", said.read_text()):
            return found[1]
        if process.poll() is not None:
            raise RuntimeError(f"ended with {process.returncode} before it listened")
        time.sleep(0.05)
    raise TimeoutError(said.read_text())


class Proxy:
    """`with Proxy(config) as url:` serves until the end of the block."""

    def __init__(self, config: pathlib.Path):
        self.config = config
        self.logs = None

    def __enter__(self):
        binary = os.environ.get("YALLMP_BIN", str(ROOT / "target/debug/yallmp"))
        self.folder = tempfile.TemporaryDirectory()
        self.logs = pathlib.Path(self.folder.name) / "logs" / "requests"
        said = pathlib.Path(self.folder.name) / "said"
        with said.open("w") as stdout:
            # Port 0: one that was free a moment ago may be taken by now.
            self.process = subprocess.Popen(
                [binary, "--config", str(self.config), "--port", "0"],
                cwd=self.folder.name, stdout=stdout,
            )
        self.url = listening(said, self.process)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.folder.cleanup()
