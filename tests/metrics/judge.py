"""Asks the demonstration models, and has what Prometheus and OpenTelemetry get of it judged."""

import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

from backend import Backend
from collector import Collector, known_names
from prometheus import Prometheus, queries, variables
from prometheus_client.openmetrics import parser

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/clients"))
from proxy import Proxy  # noqa: E402

TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
# In which every panel must have something to draw.
PATIENCE = 180


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
    """Every panel draws numbers, of a proxy to which everything happens that they are about."""
    asked = queries()
    with Backend() as backend, Collector() as collector:
        os.environ.update({
            "REPOSITORY": str(ROOT), "BACKEND_PORT": str(backend.port),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        })
        with Proxy(ROOT / "tests/metrics/litellm_config.yaml") as proxy, Prometheus(proxy.url) as prometheus:
            end = time.monotonic() + PATIENCE
            empty = asked
            while empty:
                assert time.monotonic() < end, f"nothing to draw for {json.dumps(empty, indent=1)}"
                for model in ["leaky-tools", "flaky", "cached", "dies", "nobody", "unknown"]:
                    ask(proxy.url, model, stream=True)
                empty = {panel: query for panel, query in empty.items() if not prometheus.numbers(query)}
            for name, (metric, label) in variables().items():
                values = prometheus.ask(f"label/{label}/values", **{"match[]": metric})
                assert values, f"no values for ${name}"
    print(f"{len(asked)} queries of the dashboard have numbers in a real Prometheus")


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
