use bytes::Bytes;

use super::*;

fn class_of(failure: Failure) -> Class {
    classify(&failure, SystemTime::UNIX_EPOCH).class
}

#[test]
fn answers_of_backends() {
    let mut wrong = Vec::new();
    let lines = include_str!("cases.txt").lines();
    let cases = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in cases {
        let parts: Vec<&str> = line.splitn(4, '|').map(str::trim).collect();
        let [_, status, expected, body] = parts[..] else {
            panic!("four parts: {line}");
        };
        let headers = HeaderMap::new();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let class = class_of(match status {
            "200" => Failure::ErrorAnswer { headers, body },
            _ => Failure::Status {
                status: status.parse().unwrap(),
                headers,
                body,
            },
        });
        if class.name() != expected {
            wrong.push(format!("{} instead of {line}", class.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn failures_without_an_answer() {
    let text = || "x".to_owned();
    let second = Duration::from_secs(1);
    for (failure, expected) in [
        (
            Failure::Upstream(UpstreamError::Connect(text())),
            Class::Connection,
        ),
        (
            Failure::Upstream(UpstreamError::Broken(text())),
            Class::Connection,
        ),
        (
            Failure::Upstream(UpstreamError::ConnectTimeout(second)),
            Class::Timeout,
        ),
        (
            Failure::Upstream(UpstreamError::Unreadable(text())),
            Class::BadAnswer,
        ),
        (
            Failure::Upstream(UpstreamError::Unsendable(text())),
            Class::Unsendable,
        ),
        (Failure::Timeout(Phase::Headers), Class::Timeout),
        (Failure::Timeout(Phase::FirstEvent), Class::Timeout),
        (Failure::NoAnswer(text()), Class::BadAnswer),
        (
            Failure::PluginRetry {
                plugin: text(),
                reason: text(),
            },
            Class::PluginRetry,
        ),
        (
            Failure::Plugin {
                plugin: text(),
                error: text(),
            },
            Class::PluginFailed,
        ),
    ] {
        assert_eq!(class_of(failure.clone()), expected, "{failure:?}");
    }
}

#[test]
fn the_wait_comes_from_headers_or_from_the_body() {
    let google = r#"{"error":{"code":429,"details":[{"retryDelay":"37s"}]}}"#;
    let wait = |headers: &[(&'static str, &str)]| {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let failure = Failure::Status {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers,
            body: Bytes::from_static(google.as_bytes()),
        };
        classify(&failure, SystemTime::UNIX_EPOCH).retry_after
    };
    assert_eq!(wait(&[]), Some(Duration::from_secs(37)));
    assert_eq!(wait(&[("retry-after", "2")]), Some(Duration::from_secs(2)));
}
