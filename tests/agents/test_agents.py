"""Real agents finish a small task through the proxy; without its plugins they do not."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "clients")]
import backend  # noqa: E402
from proxy import Proxy  # noqa: E402

TASK = "Write the word done into the file answer.txt."
DIALECTS = [*backend.TEXT, *backend.DEFECTS, *backend.THINKERS]
# All others are finished in one conversation: to start an agent takes seconds.
ALONE = [name for name in DIALECTS if name not in backend.STEPS]
# What an agent forgives, or never sees, without any help.
FORGIVEN = {
    # It sends every field of a message back as it came.
    "mini": {"object_arguments", "no_id", "keeps-deepseek", "keeps-moonshot", "keeps-gemini"},
    # It sends `reasoning_content` back, and what was in the text.
    "opencode": {"no_id", "keeps-deepseek", "keeps-moonshot", "keeps-raw"},
}


@pytest.fixture(scope="session")
def proxy():
    os.environ["BACKEND"] = backend.serve()
    with Proxy(HERE / "litellm_config.yaml") as running:
        yield running


def mini(url, model, folder):
    settings = [
        "mini.yaml",
        f"model.model_name=openai/{model}",
        f"model.model_kwargs.api_base={url}/v1",
        "model.model_kwargs.api_key=none",
        "model.model_kwargs.num_retries=0",
        "agent.step_limit=60",
        "agent.confirm_exit=false",
    ]
    config = [word for setting in settings for word in ("-c", setting)]
    return (
        [pathlib.Path(sys.executable).with_name("mini"), "-y", "-t", TASK, *config]
        + ["--exit-immediately", "-o", folder / "trajectory.json"],
        {
            "MSWEA_COST_TRACKING": "ignore_errors",
            "MSWEA_CONFIGURED": "true",
            "MSWEA_GLOBAL_CONFIG_DIR": str(folder / "home"),
            "MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT": "1",
            "MSWEA_SILENT_STARTUP": "1",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        },
    )


def opencode(url, model, folder):
    config = {
        "$schema": "https://opencode.ai/config.json",
        "autoupdate": False,
        "share": "disabled",
        "model": f"yallmp/{model}",
        "small_model": f"yallmp/{model}",
        "enabled_providers": ["yallmp"],
        "provider": {
            "yallmp": {
                "npm": "@ai-sdk/openai-compatible",
                "options": {"baseURL": f"{url}/v1", "apiKey": "none"},
                "models": {model: {"limit": {"context": 100000, "output": 8000}}},
            }
        },
    }
    home = folder / "home"
    file = home / "opencode.json"
    file.write_text(json.dumps(config))
    return (
        [os.environ["OPENCODE"], "run", TASK],
        {
            "HOME": str(home),
            "PWD": str(folder),
            "OPENCODE_CONFIG": str(file),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": os.environ["OPENCODE_CACHE"],
            "XDG_STATE_HOME": str(home / "state"),
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
        },
    )


AGENTS = {"mini": mini, "opencode": opencode}


def run(agent, url, model, folder, expected="done"):
    """Whether the agent came to its end, and the file holds what is expected."""
    (folder / "home").mkdir()
    command, env = AGENTS[agent](url, model, folder)
    dialect = model.partition("/")[2]
    before = backend.refused[dialect]
    try:
        ended = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=90,
        )
    except subprocess.TimeoutExpired as late:
        return False, f"{late.output!r}"
    file = folder / "answer.txt"
    written = file.exists() and file.read_text() == expected
    finished = ended.returncode == 0 and backend.refused[dialect] == before
    return written and finished, ended.stdout


@pytest.mark.parametrize("dialect", ALONE)
@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_finishes_its_task(proxy, tmp_path, agent, dialect):
    done, output = run(agent, proxy.url, f"fixed/{dialect}", tmp_path)
    assert done, output


@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_finishes_a_task_with_a_call_in_every_format(proxy, tmp_path, agent):
    expected = "".join(f"{name} " for name in backend.STEPS)
    done, output = run(agent, proxy.url, f"fixed/{backend.TOUR}", tmp_path, expected)
    file = tmp_path / "answer.txt"
    assert done, f"{file.read_text() if file.exists() else ''}: {output[-4000:]}"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("agent", AGENTS)
def test_without_the_plugins_it_does_not(proxy, tmp_path, agent, dialect):
    if dialect in FORGIVEN[agent]:
        pytest.skip("the agent copes with this by itself")
    done, output = run(agent, proxy.url, f"raw/{dialect}", tmp_path)
    assert not done, output
