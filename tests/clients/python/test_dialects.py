"""The SDK reads tool calls in every dialect that leaks, and reads none without the plugin."""

import json
import pathlib
import sys

import openai
import pytest

CLIENTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CLIENTS))
from dialects import REQUEST, Backend, cases  # noqa: E402
from proxy import Proxy  # noqa: E402


@pytest.fixture(scope="module")
def client():
    with Backend() as backend, Proxy(backend.config) as running:
        yield openai.OpenAI(base_url=f"{running.url}/v1", api_key="sk-test-key", max_retries=0)


def answers(client, model):
    """The choice of a whole answer, and the one that the SDK adds up from a stream."""
    asked = {"model": model, "messages": REQUEST["messages"], "tools": REQUEST["tools"]}
    yield client.chat.completions.create(**asked).choices[0]
    with client.chat.completions.stream(**asked) as stream:
        yield stream.get_final_completion().choices[0]


def calls(choice):
    return [
        {"name": call.function.name, "arguments": json.loads(call.function.arguments)}
        for call in choice.message.tool_calls or []
    ]


def test_every_format_has_a_case():
    assert len({case["name"].split("/")[0] for case in cases()}) >= 38


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_calls_are_the_models_and_text_without_the_plugin(client, case):
    for choice in answers(client, f"mended/{case['name']}"):
        assert calls(choice) == case["calls"]
        assert choice.finish_reason == "tool_calls"
        ids = [call.id for call in choice.message.tool_calls]
        assert all(ids) and len(set(ids)) == len(ids)
    for choice in answers(client, f"as-it-came/{case['name']}"):
        assert calls(choice) == []
        assert choice.message.content == case["content"]
