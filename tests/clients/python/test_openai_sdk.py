"""The OpenAI SDK for Python as a client of the proxy."""

import json
import pathlib
import sys

import openai
import pytest

CLIENTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CLIENTS))
from proxy import Proxy  # noqa: E402

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]
ASK = [{"role": "user", "content": "What is the weather in Oslo?"}]


@pytest.fixture(scope="session")
def proxy():
    with Proxy(CLIENTS / "litellm_config.yaml") as running:
        yield running


@pytest.fixture
def client(proxy):
    return openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="sk-test-key", max_retries=0)


def test_whole_answer(client):
    answer = client.chat.completions.create(model="plain", messages=ASK)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 0


def test_streamed_answer(client):
    stream = client.chat.completions.create(model="plain", messages=ASK, stream=True)
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert all(c.usage is None for c in chunks), "usage was not asked for"


def test_streamed_usage_when_asked_for(client):
    stream = client.chat.completions.create(
        model="plain", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    assert list(stream)[-1].usage.total_tokens > 0


def test_leaked_tool_call_in_a_whole_answer(client):
    answer = client.chat.completions.create(model="leaky-tools", messages=ASK, tools=TOOLS)
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls"
    call = choice.message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert "city" in json.loads(call.function.arguments)
    assert "<tool_call>" not in (choice.message.content or "")


def test_leaked_tool_call_in_a_stream(client):
    with client.chat.completions.stream(
        model="leaky-tools", messages=ASK, tools=TOOLS
    ) as stream:
        final = stream.get_final_completion()
    choice = final.choices[0]
    assert choice.finish_reason == "tool_calls"
    call = choice.message.tool_calls[0]
    assert call.id
    assert call.function.name == "get_weather"
    assert "city" in json.loads(call.function.arguments)


def test_answer_to_a_tool_result(client):
    first = client.chat.completions.create(model="leaky-tools", messages=ASK, tools=TOOLS)
    message = first.choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "4 degrees"}
    second = client.chat.completions.create(
        model="plain", messages=[*ASK, message, result], tools=TOOLS
    )
    assert second.choices[0].message.content


def test_models(client):
    names = {model.id for model in client.models.list()}
    assert {"plain", "leaky-tools"} <= names
    assert client.models.retrieve("plain").id == "plain"


def test_error_types(client, proxy):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="plane", messages=ASK)
    assert "plain" in unknown.value.message, "a near miss is named"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("plane")
    with pytest.raises(openai.BadRequestError) as empty:
        client.chat.completions.create(model="plain", messages=[])
    assert empty.value.param == "messages"
    with pytest.raises(openai.InternalServerError) as away:
        client.chat.completions.create(model="nobody-there", messages=ASK)
    assert away.value.status_code == 502
    stranger = openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        stranger.models.list()


def test_a_stream_that_dies_raises(client):
    stream = client.chat.completions.create(model="dies-midstream", messages=ASK, stream=True)
    with pytest.raises(openai.APIError):
        for _ in stream:
            pass


def test_leaving_a_stream(client):
    stream = client.chat.completions.create(model="plain", messages=ASK, stream=True)
    next(iter(stream))
    stream.close()
    assert client.chat.completions.create(model="plain", messages=ASK).choices
