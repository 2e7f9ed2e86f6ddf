"""A real Prometheus that scrapes the proxy, asked with the queries of the dashboard's panels."""

import json
import math
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/clients"))
from proxy import free_port, wait_for  # noqa: E402

DASHBOARD = ROOT / "docs/grafana/yallmp.json"
# What Grafana puts in the place of its variables, for scrapes each second.
VARIABLES = {"$__rate_interval": "1m", "$model": ".*", "$deployment": ".*"}


class Prometheus:
    """`with Prometheus(url) as prometheus:` scrapes `url` each second until the end of the block."""

    def __init__(self, url: str):
        self.target = urllib.parse.urlsplit(url).netloc

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        # JSON is YAML.
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "yallmp", "static_configs": [{"targets": [self.target]}]}],
        }))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([
            "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        ])
        wait_for(f"{self.url}/-/ready", self.process)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.folder.cleanup()

    def ask(self, path: str, **parameters: str):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def numbers(self, query: str) -> list[float]:
        """What a panel would draw now."""
        values = [float(series["value"][1]) for series in self.ask("query", query=query)["result"]]
        return [value for value in values if math.isfinite(value)]


def queries() -> dict[str, str]:
    """Of each panel, by its title and their legends."""
    found = {}
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"]
            for name, value in VARIABLES.items():
                query = query.replace(name, value)
            found[f"{panel['title']}: {target['legendFormat']}"] = query
    return found


def variables() -> dict[str, tuple[str, str]]:
    """Metric and label of which the dashboard's variables take their values."""
    found = {}
    for variable in json.loads(DASHBOARD.read_text())["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = variable["query"]["query"].removeprefix("label_values(").removesuffix(")").split(", ")
            found[variable["name"]] = (metric, label)
    return found
