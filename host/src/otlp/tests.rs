use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::StatusCode;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use yallmp_core::account::{Account, Attempt, AttemptResult, Ended, TraceContext};
use yallmp_core::config::{Backend, Deployment, LogLevel};
use yallmp_core::dialect::{Dialect, Said};
use yallmp_core::route::{Class, Reach};
use yallmp_core::tape::{End, ExchangeMeta, Outcome};

use super::{encode, gen_ai, span};

fn attempt(result: AttemptResult, began: u64, ended: u64) -> Attempt {
    let base = "https://api.example.com/v1".into();
    let mut deployment = Deployment::new("m", Backend::Http { base });
    deployment.provider = "moonshot".into();
    deployment.target_model = "kimi".into();
    Attempt {
        deployment: Arc::new(deployment),
        target_model: "kimi".into(),
        reach: Reach::First,
        began: Duration::from_millis(began),
        sent: Some(Duration::from_millis(began)),
        status: Some(StatusCode::OK),
        first_event: None,
        ended: Duration::from_millis(ended),
        result: Some(result),
    }
}

fn account(sampled: bool) -> Account {
    let mut account = Account {
        path: "/v1/chat/completions".into(),
        dialect: Dialect::Chat,
        model: Some("m".into()),
        streaming: true,
        trace: Some(TraceContext {
            trace: 0xabc,
            parent: Some(0xdef),
            span: 0x123,
            sampled,
        }),
        said: Some(Said {
            id: None,
            model: Some("kimi-2025".into()),
            finish_reasons: vec!["stop".into()],
        }),
        ..Account::default()
    };
    let failed = AttemptResult::Failed(Class::Overloaded);
    account.attempts.push(attempt(failed, 0, 100));
    let mut good = attempt(AttemptResult::Answered, 400, 2000);
    good.first_event = Some(Duration::from_millis(650));
    account.attempts.push(good);
    account
}

fn end() -> End {
    End {
        outcome: Outcome::Success,
        reason: None,
        status: StatusCode::OK,
        error: None,
        deployment: Some("m#1".into()),
        attempts: 2,
        events_in: 3,
        events_out: 3,
        bytes_out: 100,
        usage: Some(r#"{"prompt_tokens":70,"completion_tokens":20}"#.into()),
        first_event: None,
        total: Duration::from_millis(2001),
        notes_dropped: 0,
        plugins: Vec::new(),
    }
}

fn spans(end: &End, account: &Account) -> Vec<Span> {
    let meta = ExchangeMeta {
        id: "req-1".into(),
        started: SystemTime::UNIX_EPOCH + Duration::from_secs(1000),
        model: "m".into(),
        level: LogLevel::Off,
    };
    span::spans(&Ended {
        meta: &meta,
        end,
        account,
    })
}

fn get<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Any> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    found.value.as_ref()?.value.as_ref()
}

fn text(value: &str) -> Option<Any> {
    Some(Any::StringValue(value.into()))
}

#[test]
fn an_exchange_is_a_server_span_over_a_client_span_for_each_try() {
    let spans = spans(&end(), &account(true));
    let [first, second, server] = &spans[..] else {
        panic!("{} spans", spans.len());
    };
    assert_eq!(server.name, "POST /v1/chat/completions");
    assert_eq!(server.parent_span_id, 0xdef_u64.to_be_bytes());
    assert_eq!(server.end_time_unix_nano, 1_002_001_000_000);
    for client in [first, second] {
        assert_eq!(client.name, "chat kimi");
        assert_eq!(client.parent_span_id, server.span_id);
        assert_eq!(client.trace_id, 0xabc_u128.to_be_bytes());
        let get = |key| get(&client.attributes, key).cloned();
        assert_eq!(get("gen_ai.provider.name"), text("moonshot_ai"));
        assert_eq!(get("server.address"), text("api.example.com"));
        assert_eq!(get("server.port"), Some(Any::IntValue(443)));
    }
    let trace = account(true).trace.unwrap();
    assert_eq!(second.span_id, trace.attempt(2).to_be_bytes());
    assert_eq!(second.start_time_unix_nano, 1_000_400_000_000);
    let of = |span: &Span, key| get(&span.attributes, key).cloned();
    assert_eq!(of(first, "error.type"), text("overloaded"));
    assert_eq!(of(first, "gen_ai.response.model"), None);
    assert_eq!(first.status.as_ref().unwrap().code, 2);
    assert_eq!(of(second, "error.type"), None);
    assert_eq!(of(second, "gen_ai.response.model"), text("kimi-2025"));
    let tokens = of(second, "gen_ai.usage.input_tokens");
    assert_eq!(tokens, Some(Any::IntValue(70)));
    let first_chunk = of(second, "gen_ai.response.time_to_first_chunk");
    assert_eq!(first_chunk, Some(Any::DoubleValue(0.25)));
    assert_eq!(server.status.as_ref().unwrap().code, 0);
}

#[test]
fn what_is_not_sampled_is_not_sent() {
    assert!(spans(&end(), &account(false)).is_empty());
    assert!(spans(&end(), &Account::default()).is_empty());
}

#[test]
fn a_clients_mistake_is_no_error_of_the_server() {
    let mut end = end();
    end.outcome = Outcome::Error;
    for (status, code) in [(400, 0), (404, 0), (502, 2), (200, 2)] {
        end.status = StatusCode::from_u16(status).unwrap();
        let spans = spans(&end, &account(true));
        let server = spans.last().unwrap();
        assert_eq!(server.status.as_ref().unwrap().code, code, "{status}");
    }
}

#[test]
fn the_metrics_of_the_conventions_come_of_the_tries() {
    let mut sums = gen_ai::sums();
    let meta = ExchangeMeta {
        id: "req-1".into(),
        started: SystemTime::UNIX_EPOCH,
        model: "m".into(),
        level: LogLevel::Off,
    };
    let (end, account) = (end(), account(false));
    gen_ai::record(
        &mut sums,
        &Ended {
            meta: &meta,
            end: &end,
            account: &account,
        },
    );
    let metrics = encode::metrics("", &sums, 1, 2);
    let names: Vec<_> = metrics
        .iter()
        .map(|m| (m.name.as_str(), m.unit.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("gen_ai.client.operation.duration", "s"),
            ("gen_ai.client.operation.time_to_first_chunk", "s"),
            ("gen_ai.client.token.usage", "{token}"),
        ]
    );
    let Some(Data::Histogram(durations)) = &metrics[0].data else {
        panic!("{:?}", metrics[0]);
    };
    let [failed, answered] = &durations.data_points[..] else {
        panic!("{durations:?}");
    };
    assert_eq!(
        get(&failed.attributes, "error.type").cloned(),
        text("overloaded")
    );
    assert_eq!(get(&answered.attributes, "error.type"), None);
    assert_eq!(answered.sum, Some(1.6));
    assert_eq!(answered.explicit_bounds[7..9], [1.28, 2.56]);
    assert_eq!(answered.bucket_counts[8], 1);
    assert_eq!(
        (answered.start_time_unix_nano, answered.time_unix_nano),
        (1, 2)
    );
}
