//! HTTP between client and proxy.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::kit::*;

#[tokio::test]
async fn an_answer_comes_back_whole_and_streamed() {
    let backend = Backend::choose(|request| match request.json()["stream"].as_bool() {
        Some(true) => Answer::chat_stream(&["Hel", "lo"]),
        _ => Answer::chat("Hello"),
    })
    .await;
    let proxy = Proxy::start(&config(&backend)).await;
    let whole = proxy.chat(ask("Hi")).await;
    assert_eq!((whole.status, whole.content()), (200, "Hello".into()));
    let streamed = proxy.chat(ask_stream("Hi")).await;
    assert_eq!((streamed.status, streamed.content()), (200, "Hello".into()));
    assert_eq!(streamed.data().iter().filter(|d| *d == "[DONE]").count(), 1);
    for answer in [whole, streamed] {
        assert!(answer.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn the_path_needs_no_v1() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    for path in [
        "/chat/completions",
        "/v1/chat/completions/",
        "/v1/embeddings",
        "/v1/rerank",
    ] {
        let answer = proxy.post(path, ask("Hi")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    let paths: Vec<_> = backend.requests().into_iter().map(|r| r.path).collect();
    assert_eq!(
        paths,
        [
            "/v1/chat/completions",
            "/v1/chat/completions",
            "/v1/embeddings",
            "/v1/rerank"
        ]
    );
}

#[tokio::test]
async fn bad_requests_are_named_and_go_nowhere() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let json = [("content-type", "application/json")];
    for (body, status) in [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("\"x\"", 400),
        ("{}", 400),
        (r#"{"model":"m"}"#, 400),
        (r#"{"model":"m","messages":[]}"#, 400),
        (
            r#"{"model":7,"messages":[{"role":"user","content":"x"}]}"#,
            400,
        ),
        (
            r#"{"model":"mm","messages":[{"role":"user","content":"x"}]}"#,
            404,
        ),
        ("{\"model\":\"\u{7f}\"", 400),
    ] {
        let client = proxy.client();
        let answer = client
            .request("POST", "/v1/chat/completions", &json, body)
            .await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        answer.error();
    }
    assert!(backend.requests().is_empty());
}

#[tokio::test]
async fn a_client_that_sends_too_much_still_hears_why() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let yaml = config_with(&backend, "general_settings: {server: {max_body_mb: 1}}\n");
    let proxy = Proxy::start(&yaml).await;
    let answer = proxy.chat(ask(&"x".repeat(3_000_000))).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.error()["code"], "request_too_large");

    // Without a length it is noticed on the way.
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 2 << 20, "x".repeat(2 << 20));
    let answer = raw(proxy.addr(), format!("{head}{chunk}0\r\n\r\n")).await;
    assert!(
        answer.starts_with(b"HTTP/1.1 413"),
        "{}",
        String::from_utf8_lossy(&answer)
    );

    // One that asks first is told before it sends.
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 5000000\r\n\r\n";
    let answer = raw(proxy.addr(), head).await;
    assert!(
        answer.starts_with(b"HTTP/1.1 413"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[tokio::test]
async fn a_refusal_is_heard_also_by_a_client_that_is_still_sending() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let yaml = config_with(&backend, "general_settings: {master_key: sk-master}\n");
    let proxy = Proxy::start(&yaml).await;
    let large = ask(&"x".repeat(5_000_000));
    assert_eq!(proxy.chat(large.clone()).await.status, 401);
    let client = proxy.client().with_key("sk-master");
    assert_eq!(client.post("/v1/responses", large).await.status, 404);
}

#[tokio::test]
async fn a_connection_carries_many_requests() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let mut stream = raw_open(proxy.addr(), "").await;
    let body = ask("Hi").to_string();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut seen = Vec::new();
    for count in 1..=3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let whole = async {
            while String::from_utf8_lossy(&seen)
                .matches("total_tokens")
                .count()
                < count
            {
                assert!(stream.read_buf(&mut seen).await.unwrap() > 0, "closed");
            }
        };
        within("the answer", whole).await;
    }
    assert_eq!(backend.requests().len(), 3);
}

#[tokio::test]
async fn a_client_that_leaves_cancels_the_request_at_the_backend() {
    let silent = Answer::sse().stall();
    let thinking = Answer::sse().flush_head().stall();
    let middle = Answer::sse().delta("Hel").stall();
    let whole = Answer::status(200).chunked().body("{").stall();
    for (name, answer, stream) in [
        ("before the head", silent, true),
        ("before the first event", thinking, true),
        ("in the middle", middle, true),
        ("of a whole answer", whole, false),
    ] {
        let backend = Backend::always(answer).await;
        let proxy = Proxy::start(&config(&backend)).await;
        let body = if stream { ask_stream("Hi") } else { ask("Hi") }.to_string();
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let one_more = async |count| {
            let client = raw_open(proxy.addr(), &request).await;
            backend.wait_requests(count).await;
            let begun = Instant::now();
            drop(client);
            backend.wait_left(count).await;
            begun.elapsed()
        };
        once_within(Duration::from_secs(1), name, one_more).await;
        assert_eq!(
            backend.requests().len(),
            backend.left(),
            "{name}: nothing is tried again"
        );
    }
}

#[tokio::test]
async fn a_client_that_leaves_between_two_tries_ends_them() {
    let error = Answer::error(503, "later").header("retry-after", "3");
    let backend = Backend::always(error).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let body = ask_stream("Hi").to_string();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let client = raw_open(proxy.addr(), request).await;
    backend.wait_requests(1).await;
    drop(client);
    let log = proxy.log(1).await;
    assert!(log.contains(" end cancelled\n"), "{log}");
    assert!(log.contains("attempts: 1\n"), "{log}");
    assert_eq!(backend.requests().len(), 1);
}

#[tokio::test]
async fn what_is_not_text_passes_as_it_is() {
    let sound: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let answer = Answer::status(200)
        .header("content-type", "audio/mpeg")
        .body(sound.clone());
    let backend = Backend::always(answer.chunked()).await;
    let yaml = config(&backend).replace("plugins: []\n", "");
    let proxy = Proxy::start(&yaml).await;
    let body = json!({"model": "m", "input": "Hi", "voice": "alto"});
    let answer = proxy.post("/v1/audio/speech", body.clone()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("audio/mpeg"));
    assert_eq!(answer.body, sound);
    assert_eq!(backend.request(1).json(), body);
    assert!(proxy.log(1).await.contains(" end success\n"));

    // Uploads are not understood, and say so.
    let form = [("content-type", "multipart/form-data; boundary=x")];
    let client = proxy.client();
    let refused = client
        .request("POST", "/v1/audio/transcriptions", &form, "--x--")
        .await;
    assert_eq!(refused.status, 415);
    refused.error();
}

#[tokio::test]
async fn the_key_of_the_client_stays_here_and_the_backends_goes_out() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let yaml = config_with(&backend, "general_settings: {master_key: sk-master}\n");
    let proxy = Proxy::start(&yaml).await;
    assert_eq!(proxy.chat(ask("Hi")).await.status, 401);
    for client in [
        proxy.client().with_key("sk-master"),
        proxy.client().with_header("x-api-key", "sk-master"),
    ] {
        let client = client.with_header("x-mine", "kept");
        let answer = client.post("/v1/chat/completions", ask("Hi")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let request = backend.requests().pop().unwrap();
        assert_eq!(request.header("authorization"), Some("Bearer sk-backend"));
        assert_eq!(request.header("x-api-key"), None);
        assert_eq!(request.header("x-mine"), Some("kept"));
    }
}

#[tokio::test]
async fn an_id_is_everywhere() {
    let backend = Backend::script([Answer::chat("Hello"), Answer::error(400, "no")]).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let client = proxy.client().with_header("x-request-id", "mine-1");
    let good = client.post("/v1/chat/completions", ask("Hi")).await;
    let bad = client.post("/v1/chat/completions", ask("Hi")).await;
    let none = client.get("/nowhere").await;
    for answer in [good, bad, none] {
        assert_eq!(answer.header("x-request-id"), Some("mine-1"));
    }
    assert_eq!(backend.request(1).header("x-request-id"), Some("mine-1"));
    assert!(proxy.get("/health").await.header("x-request-id").is_some());
}

#[tokio::test]
async fn a_slow_client_slows_the_backend_down() {
    let mut answer = Answer::sse();
    let text = "x".repeat(64 * 1024);
    for _ in 0..1000 {
        answer = answer.delta(&text);
    }
    let backend = Backend::always(answer.finish("stop").done()).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let mut live = proxy.chat_open(ask_stream("Hi")).await;
    live.event().await;
    let used = proxy.resident_mb();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let grown = proxy
        .resident_mb()
        .zip(used)
        .map(|(now, then)| now.saturating_sub(then));
    // 64 MB wait at the backend.
    assert!(grown.is_none_or(|mb| mb < 16), "grew by {grown:?} MB");
    let rest = live.finish().await;
    assert_eq!(rest.content().len(), 999 * text.len());
}

#[tokio::test]
async fn models_are_listed() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let list = proxy.get("/v1/models").await.json();
    assert_eq!(list["data"][0]["id"], "m");
    assert_eq!(proxy.get("/v1/models/m").await.json()["id"], "m");
    let hint = proxy.get("/v1/models/mm").await;
    assert_eq!(
        (hint.status, &hint.error()["code"]),
        (404, &json!("model_not_found"))
    );
}
