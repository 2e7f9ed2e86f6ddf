"""A real model behind the proxy: streams, whole answers, usage and leaving, default chain."""

import os
import pathlib
import subprocess
import sys
import time

import openai
import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))
from proxy import Proxy, free_port, wait_for  # noqa: E402

CONFIG = """
model_list:
  - model_name: gemma
    litellm_params:
      model: openai/gemma-3-270m
      api_base: http://127.0.0.1:{port}/v1
      stream_timeout: 60
general_settings: {{ request_log: {{ level: full }} }}
"""
ASK = [{"role": "user", "content": "Name three colours."}]


@pytest.fixture(scope="session")
def proxy(tmp_path_factory):
    cache = pathlib.Path(os.environ.get("YALLMP_MODEL_DIR", tmp_path_factory.mktemp("model")))
    cache.mkdir(parents=True, exist_ok=True)
    port = free_port()
    server = subprocess.Popen([sys.executable, str(HERE / "serve_model.py"), str(port), str(cache)])
    try:
        wait_for(f"http://127.0.0.1:{port}/health", server, seconds=180)
        config = tmp_path_factory.mktemp("config") / "litellm_config.yaml"
        config.write_text(CONFIG.format(port=port))
        with Proxy(config) as running:
            yield running
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def client(proxy):
    return openai.OpenAI(
        base_url=f"{proxy.url}/v1", api_key="none", max_retries=0, timeout=120
    )


def test_whole_answer(client):
    answer = client.chat.completions.create(
        model="gemma", messages=ASK, max_tokens=24, temperature=0
    )
    assert answer.choices[0].message.content.strip()
    assert answer.usage.completion_tokens > 0


def test_stream_equals_whole(client):
    ask = dict(model="gemma", messages=ASK, max_tokens=24, temperature=0, seed=1)
    whole = client.chat.completions.create(**ask).choices[0].message.content
    stream = client.chat.completions.create(
        **ask, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole
    finish = [c.choices[0].finish_reason for c in chunks if c.choices][-1]
    assert finish in ("stop", "length")
    assert chunks[-1].usage.completion_tokens > 0


def test_leaving_frees_the_backend(client, proxy):
    stream = client.chat.completions.create(
        model="gemma", messages=ASK, max_tokens=1500, temperature=1, stream=True
    )
    next(iter(stream))
    stream.close()
    before = time.monotonic()
    # The server has one place: the next answer comes only if the first was cancelled.
    client.chat.completions.create(model="gemma", messages=ASK, max_tokens=4)
    assert time.monotonic() - before < 30
    logs = "".join(path.read_text(errors="replace") for path in proxy.logs.glob("*.log"))
    assert "cancelled" in logs
