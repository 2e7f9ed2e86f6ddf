"""Asks the demonstration models, and has what Prometheus and OpenTelemetry get of it judged."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from collector import Collector, known_names
from prometheus_client.openmetrics import parser

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/clients"))
from proxy import Proxy  # noqa: E402

TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
# What Grafana puts in the place of its variables.
VARIABLES = {"$__rate_interval": "5m", "$model": ".*", "$deployment": ".*"}


def ask(url: str, model: str, stream: bool) -> None:
    body = {"model": model, "stream": stream, "tools": TOOLS,
            "messages": [{"role": "user", "content": "What is the weather in Oslo?"}]}
    request = urllib.request.Request(
        f"{url}/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=30).read()
    except urllib.error.HTTPError:
        pass  # An unknown model is to be counted too.


def scrape() -> str:
    with Proxy(ROOT / "litellm_config.yaml") as proxy:
        for model in ["leaky-tools", "think-tags", "no\\such\"model"]:
            for stream in [True, False]:
                ask(proxy.url, model, stream)
        answer = urllib.request.urlopen(f"{proxy.url}/metrics", timeout=10)
        assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        return answer.read().decode()


def exposition(text: str) -> None:
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    requests = {
        (sample.labels["model"], sample.labels["outcome"]): sample.value
        for sample in families["yallmp_requests"].samples
    }
    assert requests == {
        ("leaky-tools", "success"): 2, ("think-tags", "success"): 2, ("other", "error"): 2,
    }, requests
    print(f"{len(families)} metrics, read by the strict reader")


def dashboard() -> None:
    panels = json.loads((ROOT / "docs/grafana/yallmp.json").read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    for name, value in VARIABLES.items():
        queries = [query.replace(name, value) for query in queries]
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    # JSON is YAML.
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        subprocess.run(["promtool", "check", "rules", file.name], check=True)


def conventions(collector: Collector) -> None:
    spans, metrics = collector.spans(), collector.metrics()
    # Two good models, streamed and not: a request and its one try; the unknown model: a request.
    assert len(spans) == 2 * 2 * 2 + 2, len(spans)
    names = {attribute.key for span in spans for attribute in span.attributes}
    for metric in metrics.values():
        if metric.name.startswith("gen_ai."):
            points = metric.histogram.data_points
            names.add(metric.name)
            names.update(attribute.key for point in points for attribute in point.attributes)
    assert "gen_ai.client.operation.duration" in names, names
    assert "gen_ai.provider.name" in names, names
    known = known_names()
    theirs = {name for name in names if not name.startswith("yallmp.")}
    # What stands behind it is the header's name.
    theirs.discard("http.response.header.x-request-id")
    assert theirs <= known, f"not in the conventions: {theirs - known}"
    assert {"yallmp.requests", "yallmp.plugin_time"} <= metrics.keys(), metrics.keys()
    print(f"{len(spans)} spans and {len(metrics)} metrics by OTLP, {len(theirs)} names of the conventions")


with Collector() as collector:
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
    # The proxy ends in here, and sends the last of it before.
    exposition(scrape())
    conventions(collector)
dashboard()
