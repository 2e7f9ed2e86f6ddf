"""A collector of OTLP over HTTP that keeps what it gets, decoded by OpenTelemetry's own Python
messages, and the names that OpenTelemetry's conventions know."""

import http.server
import importlib
import pkgutil
import threading

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MESSAGES = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}


class Collector:
    """`with Collector() as collector:` listens until the end of the block."""

    def __enter__(self):
        exports = self.exports = {path: [] for path in MESSAGES}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                message = MESSAGES[self.path]()
                message.ParseFromString(self.rfile.read(int(self.headers["content-length"])))
                exports[self.path].append(message)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def spans(self):
        return [span for export in self.exports["/v1/traces"] for resource in export.resource_spans
                for scope in resource.scope_spans for span in scope.spans]

    def metrics(self):
        return {metric.name: metric for export in self.exports["/v1/metrics"]
                for resource in export.resource_metrics
                for scope in resource.scope_metrics for metric in scope.metrics}


def known_names() -> set[str]:
    """Of attributes and metrics, in the conventions' package."""
    names = set()
    for folder in ["attributes", "_incubating.attributes", "_incubating.metrics"]:
        package = importlib.import_module(f"opentelemetry.semconv.{folder}")
        for module in pkgutil.iter_modules(package.__path__):
            members = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
            names.update(value for key, value in members.items() if key.isupper() and isinstance(value, str))
    return names
