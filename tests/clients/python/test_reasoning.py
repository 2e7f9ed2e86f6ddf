"""Reasoning as the SDK sees it: read from every shape, asked for in every dialect, kept over turns.

Each is also tried without the plugins, where it must fail: else the backend would prove nothing.
"""

import pathlib
import sys

import openai
import pytest

CLIENTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CLIENTS))
import thinkers  # noqa: E402
from proxy import Proxy  # noqa: E402

SHAPES = thinkers.shapes()
ASK = [{"role": "user", "content": "How warm is it in Oslo and in Rome?"}]
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
# As most clients say it, and those that speak Anthropic's dialect.
EFFORT = {"reasoning_effort": "high"}
BUDGET = {"extra_body": thinkers.BUDGET}


@pytest.fixture(scope="module")
def client():
    with thinkers.Backend() as backend, Proxy(backend.config) as running:
        yield openai.OpenAI(base_url=f"{running.url}/v1", api_key="sk-test-key", max_retries=0)


def whole(client, model, **more):
    answer = client.chat.completions.create(model=model, **{"messages": ASK} | more)
    return answer.choices[0].message.model_dump(exclude_none=True, warnings=False)


def streamed(client, model, **more):
    stream = client.chat.completions.create(model=model, stream=True, **{"messages": ASK} | more)
    deltas = [chunk.choices[0].delta.model_dump(exclude_none=True, warnings=False) for chunk in stream if chunk.choices]
    return thinkers.collect(deltas)


WAYS = {"whole": whole, "streamed": streamed}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SHAPES)
def test_reasoning_is_read_from_every_shape(client, name, way):
    shape = SHAPES[name]
    if not shape[way]:
        return
    asked = WAYS[way]
    assert thinkers.read(asked(client, f"mended-shape-{name}")) == shape["expected"]
    as_it_came = thinkers.read(thinkers.collect(shape["deltas"]))
    assert thinkers.read(asked(client, f"raw-shape-{name}")) == as_it_came


def test_most_shapes_need_the_plugin():
    needs = [name for name, it in SHAPES.items() if thinkers.read(thinkers.collect(it["deltas"])) != it["expected"]]
    assert len(needs) > 45


@pytest.mark.parametrize("dialect", thinkers.DIALECTS)
def test_one_word_is_understood_in_every_dialect(client, dialect):
    wanted = thinkers.DIALECTS[dialect]
    for words in (EFFORT, BUDGET):
        # A budget becomes an effort, or stays what it is.
        if words is EFFORT or dialect not in {"chat_template_kwargs", "openrouter", "fireworks", "gemini_compat"}:
            assert whole(client, f"mended-asked-{dialect}", **words)["content"] == "Asked."
        if wanted not in (EFFORT, thinkers.BUDGET) or (wanted == EFFORT) != (words is EFFORT):
            with pytest.raises(openai.BadRequestError):
                whole(client, f"raw-asked-{dialect}", **words)


def talk(ask, client, model):
    """A tool loop of a client that keeps of an answer what it knows, as most do."""
    messages = list(ASK)
    while True:
        message = ask(client, model, messages=messages, tools=[TOOL])
        calls = message.get("tool_calls")
        if not calls:
            return messages
        kept = [{"id": it["id"], "type": "function", "function": it["function"]} for it in calls]
        messages.append({"role": "assistant", "content": None, "tool_calls": kept})
        messages += [{"role": "tool", "tool_call_id": it["id"], "content": "4 degrees"} for it in calls]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("profile", thinkers.KEEPERS)
def test_a_conversation_goes_on_though_the_client_drops_the_reasoning(client, profile, way):
    # One call and two results a step.
    assert len(talk(WAYS[way], client, f"mended-keeps-{profile}")) == 1 + 3 * thinkers.STEPS
    with pytest.raises(openai.BadRequestError) as refused:
        talk(WAYS[way], client, f"raw-keeps-{profile}")
    assert thinkers.KEEPERS[profile][2] in refused.value.message
