//! What an OpenTelemetry collector gets. The collector here is a socket that keeps what comes
//! and decodes it with the protocol's own messages.

use std::collections::BTreeMap;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::json;

use crate::kit::*;

/// Exports every 50 ms, so that nobody waits.
fn hasty(yaml: &str) -> ProxyBuilder {
    Proxy::with(yaml)
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "50")
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, Any> {
    let pairs = attributes.iter().filter_map(|attribute| {
        let value = attribute.value.as_ref()?.value.clone()?;
        Some((attribute.key.clone(), value))
    });
    pairs.collect()
}

fn text(value: &str) -> Any {
    Any::StringValue(value.into())
}

/// The spans that came so far, with the name of the service that sent them.
fn spans(collector: &Backend) -> Vec<(Any, Span)> {
    let exports = collector.requests().into_iter();
    let exports = exports.filter(|seen| seen.path == "/v1/traces");
    let mut found = Vec::new();
    for seen in exports {
        assert_eq!(seen.header("content-type"), Some("application/x-protobuf"));
        let export = ExportTraceServiceRequest::decode(&seen.body[..]).expect("spans");
        for resource in export.resource_spans {
            let mut of = attributes(&resource.resource.unwrap().attributes);
            let service = of.remove("service.name").unwrap();
            let scopes = resource.scope_spans.into_iter();
            let spans = scopes.flat_map(|scope| scope.spans);
            found.extend(spans.map(|span| (service.clone(), span)));
        }
    }
    found
}

async fn wait_spans(collector: &Backend, count: usize) -> Vec<Span> {
    let what = format!("{count} spans at the collector");
    let found = eventually(what, || {
        let found = spans(collector);
        (found.len() >= count).then_some(found)
    })
    .await;
    assert_eq!(found.len(), count);
    found.into_iter().map(|(_, span)| span).collect()
}

/// The newest state of each metric.
fn metrics(collector: &Backend) -> BTreeMap<String, Metric> {
    let exports = collector.requests().into_iter();
    let exports = exports.filter(|seen| seen.path == "/v1/metrics");
    let metrics = exports.flat_map(|seen| {
        let export = ExportMetricsServiceRequest::decode(&seen.body[..]).expect("metrics");
        let scopes = export.resource_metrics.into_iter();
        scopes.flat_map(|resource| resource.scope_metrics)
    });
    let metrics = metrics.flat_map(|scope| scope.metrics);
    metrics
        .map(|metric| (metric.name.clone(), metric))
        .collect()
}

fn is_client(span: &Span) -> bool {
    span.kind == opentelemetry_proto::tonic::trace::v1::span::SpanKind::Client as i32
}

#[tokio::test]
async fn an_exchange_that_is_sent_again_is_a_trace_of_its_own() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let collector = Backend::always(Answer::status(200)).await;
    let otlp = format!("general_settings: {{otlp: \"{}\"}}\n", collector.url());
    let proxy = hasty(&config_with(&backend, &otlp)).start().await;
    let theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let client = proxy.client().with_header("traceparent", theirs);
    let client = client.with_header("x-request-id", "first");
    client.post("/v1/chat/completions", ask("Hi")).await;
    let before = wait_spans(&collector, 2).await;
    proxy.log(1).await;

    let again = proxy
        .post("/ui/api/exchanges/first/replay", json!({}))
        .await;
    assert_eq!(again.status, 200, "{}", again.text());
    let all = wait_spans(&collector, 4).await;
    let new: Vec<_> = all[before.len()..].iter().collect();
    assert_eq!(new[0].trace_id, new[1].trace_id);
    assert_ne!(new[0].trace_id, before[0].trace_id);
    let server = new.iter().find(|span| !is_client(span)).unwrap();
    assert!(server.parent_span_id.is_empty());
    let ids = &attributes(&server.attributes)["http.response.header.x-request-id"];
    let id = again.json()["id"].as_str().unwrap().to_owned();
    assert!(format!("{ids:?}").contains(&id), "{ids:?}");
    // The backend is told of the new one.
    let sent = backend.request(2).header("traceparent").unwrap().to_owned();
    let hex: String = new[0].trace_id.iter().map(|b| format!("{b:02x}")).collect();
    assert!(sent.contains(&hex), "{sent}");
}

#[tokio::test]
async fn an_exchange_with_a_retry_is_a_trace_that_goes_on_at_the_backend() {
    let answer = Answer::sse().role().delta("secret words").event(json!({
        "id": "chatcmpl-7", "model": "real-2025", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 5},
    }));
    let backend = Backend::script([Answer::error(503, "no"), answer.done()]).await;
    let collector = Backend::always(Answer::status(200)).await;
    let yaml = config_with(
        &backend,
        &format!(
            "router_settings: {{num_retries: 2, retry_after: 0}}\ngeneral_settings:\n  request_log: off\n  otlp:\n    endpoint: {}\n    headers: {{x-key: collector-key}}\n    service_name: my-proxy\n",
            collector.url()
        ),
    );
    let proxy = hasty(&yaml).start().await;
    let client = proxy
        .client()
        .with_header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .with_header("tracestate", "vendor=1")
        .with_header("x-request-id", "my-request");
    let answer = client
        .post("/v1/chat/completions", ask_stream("private question"))
        .await;
    assert_eq!(answer.content(), "secret words");

    let found = wait_spans(&collector, 3).await;
    let (service, _) = &spans(&collector)[0];
    assert_eq!(*service, text("my-proxy"));
    let server = found.iter().find(|span| !is_client(span)).unwrap();
    let mut clients: Vec<&Span> = found.iter().filter(|span| is_client(span)).collect();
    clients.sort_by_key(|span| span.start_time_unix_nano);
    assert_eq!(server.name, "POST /v1/chat/completions");
    assert_eq!(
        server.parent_span_id,
        0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()
    );
    let of = attributes(&server.attributes);
    assert_eq!(of["yallmp.outcome"], text("success"));
    assert!(format!("{:?}", of["http.response.header.x-request-id"]).contains("my-request"));
    for (number, client) in clients.iter().enumerate() {
        assert_eq!(client.name, "chat m");
        assert_eq!(client.parent_span_id, server.span_id);
        // The backend was told of the very span.
        let sent = backend.request(number + 1);
        let hex: String = client
            .span_id
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let expected = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{hex}-01");
        assert_eq!(sent.header("traceparent"), Some(&*expected));
        assert_eq!(sent.header("tracestate"), Some("vendor=1"));
    }
    let failed = attributes(&clients[0].attributes);
    assert_eq!(failed["error.type"], text("overloaded"));
    assert_eq!(failed["http.response.status_code"], Any::IntValue(503));
    let good = attributes(&clients[1].attributes);
    assert_eq!(good["gen_ai.operation.name"], text("chat"));
    assert_eq!(good["gen_ai.provider.name"], text("openai"));
    assert_eq!(good["gen_ai.response.model"], text("real-2025"));
    assert_eq!(good["gen_ai.response.id"], text("chatcmpl-7"));
    assert_eq!(good["gen_ai.usage.input_tokens"], Any::IntValue(12));
    assert_eq!(good["gen_ai.usage.output_tokens"], Any::IntValue(5));
    assert_eq!(good["yallmp.reach"], text("retry"));
    for seen in collector.requests() {
        assert_eq!(seen.header("x-key"), Some("collector-key"));
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        for private in ["secret words", "private question", "sk-backend"] {
            assert!(!body.contains(private), "{private} went to the collector");
        }
    }
}

#[tokio::test]
async fn the_metrics_of_the_conventions_and_the_proxys_own_are_sent() {
    let mut answer = json!({"id": "c", "model": "real", "choices": [{"index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": "yes"}}]});
    answer["usage"] = json!({"prompt_tokens": 70, "completion_tokens": 3});
    let backend = Backend::always(Answer::json(answer)).await;
    let collector = Backend::always(Answer::status(200)).await;
    // As in any other program that speaks OpenTelemetry.
    let proxy = hasty(&config(&backend))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())
        .env("OTEL_TRACES_EXPORTER", "none")
        .start()
        .await;
    for _ in 0..3 {
        proxy.chat(ask("Hi")).await;
    }
    let found = eventually("three exchanges at the collector", || {
        let found = metrics(&collector);
        let Data::Sum(requests) = found.get("yallmp.requests")?.data.clone()? else {
            panic!("requests are a sum");
        };
        assert!(requests.is_monotonic);
        let value = requests.data_points[0].value?;
        (format!("{value:?}") == "AsInt(3)").then_some(found)
    })
    .await;
    let usage = &found["gen_ai.client.token.usage"];
    let Some(Data::Histogram(usage)) = &usage.data else {
        panic!("{usage:?}");
    };
    let input = usage
        .data_points
        .iter()
        .find(|point| attributes(&point.attributes)["gen_ai.token.type"] == text("input"));
    let input = input.unwrap();
    assert_eq!((input.count, input.sum), (3, Some(210.0)));
    let port = attributes(&input.attributes)["server.port"].clone();
    assert_eq!(port, Any::IntValue(backend.addr().port().into()));
    assert!(found.contains_key("gen_ai.client.operation.duration"));
    assert!(found.contains_key("yallmp.deployment_cooling"));
    assert!(spans(&collector).is_empty());
    let sent = backend.request(1);
    assert_eq!(sent.header("traceparent"), None, "nobody records spans");
}

#[tokio::test]
async fn a_collector_that_fails_harms_nobody_and_is_counted() {
    let backend = Backend::always(Answer::chat("yes")).await;
    let collector = Backend::always(Answer::status(400)).await;
    let yaml = config_with(
        &backend,
        &format!("general_settings: {{otlp: \"{}\"}}\n", collector.url()),
    );
    let proxy = hasty(&yaml).start().await;
    for _ in 0..5 {
        assert_eq!(proxy.chat(ask("Hi")).await.content(), "yes");
    }
    collector.wait_requests(3).await;
    let all = r#"yallmp_otlp_items_total{signal="traces",what="failed"} 10"#;
    within("all of them are counted", async {
        while !proxy.get("/metrics").await.text().contains(all) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let complaints = || proxy.stderr().matches("takes no exports").count();
    eventually("it is said", || (complaints() > 0).then_some(())).await;
    assert_eq!(complaints(), 1, "{}", proxy.stderr());
}

#[tokio::test]
async fn an_export_is_tried_again_when_the_collector_is_busy() {
    let backend = Backend::always(Answer::chat("yes")).await;
    let collector = Backend::choose({
        let tries = std::sync::atomic::AtomicU32::new(0);
        move |_| match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Answer::status(503).header("retry-after", "0"),
            _ => Answer::status(200),
        }
    })
    .await;
    let yaml = config_with(
        &backend,
        &format!(
            "general_settings: {{otlp: {{endpoint: \"{}\", metrics: false}}}}\n",
            collector.url()
        ),
    );
    let proxy = hasty(&yaml).start().await;
    proxy.chat(ask("Hi")).await;
    collector.wait_requests(2).await;
    let bodies: Vec<_> = collector
        .requests()
        .into_iter()
        .map(|seen| seen.body)
        .collect();
    assert_eq!(bodies[0], bodies[1], "the same once more");
}

/// What waits when the proxy is told to stop goes out before it ends.
#[cfg(unix)]
#[tokio::test]
async fn the_last_spans_are_sent_before_the_end() {
    let backend = Backend::always(Answer::chat("yes")).await;
    let collector = Backend::always(Answer::status(200)).await;
    let yaml = config_with(
        &backend,
        &format!("general_settings: {{otlp: \"{}\"}}\n", collector.url()),
    );
    let mut proxy = Proxy::with(&yaml)
        .env("OTEL_BSP_SCHEDULE_DELAY", "600000")
        .start()
        .await;
    proxy.chat(ask("Hi")).await;
    assert!(spans(&collector).is_empty(), "they wait for others");
    let end = proxy.terminate().await;
    assert_eq!(end.code, Some(0), "{end:?}");
    assert_eq!(spans(&collector).len(), 2);
    assert!(metrics(&collector).contains_key("yallmp.requests"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_collector_for_grpc_gets_nothing_and_the_start_says_so() {
    let backend = Backend::always(Answer::chat("yes")).await;
    let collector = Backend::always(Answer::status(200)).await;
    let mut proxy = hasty(&config(&backend))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .start()
        .await;
    proxy.chat(ask("Hi")).await;
    let end = proxy.terminate().await;
    assert_eq!(end.code, Some(0), "{end:?}");
    assert_eq!(collector.requests().len(), 0);
    let said = "litellm_config.yaml: `OTEL_EXPORTER_OTLP_PROTOCOL` is `grpc`, which is not spoken";
    let all = proxy.stderr();
    assert!(all.contains(said), "{all}");
}

/// A collector that hangs does not keep the proxy from ending.
#[cfg(unix)]
#[tokio::test]
async fn a_collector_that_hangs_does_not_keep_the_proxy() {
    let backend = Backend::always(Answer::chat("yes")).await;
    let collector = Backend::always(Answer::status(200).stall()).await;
    let yaml = config_with(
        &backend,
        &format!("general_settings: {{otlp: \"{}\"}}\n", collector.url()),
    );
    let mut proxy = Proxy::with(&yaml)
        .env("OTEL_EXPORTER_OTLP_TIMEOUT", "300")
        .start()
        .await;
    proxy.chat(ask("Hi")).await;
    let end = proxy.terminate().await;
    assert_eq!(end.code, Some(0), "{end:?}");
}
