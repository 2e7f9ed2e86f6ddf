//! What a user notices of streams: that they are whole, prompt, honest about their end.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::kit::*;

/// The frames of a stream as they should leave, comments included.
fn frames(answer: &Answered) -> Vec<String> {
    answer
        .frames()
        .into_iter()
        .filter(|f| f != ": keep-alive")
        .collect()
}

#[tokio::test]
async fn a_stream_leaves_byte_for_byte_however_the_backend_cuts_it() {
    let text = concat!(
        ": hello\r\n\r\n",
        "data: {\"id\" : \"c\",\"new field\":1.50,\"choices\":[{\"delta\":{\"content\":\"é🙂\",\"x\":null}}]}\r\n\r\n",
        "id: 7\nevent: message\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    );
    for size in [1, 2, 3, 5, 17, 4096] {
        let backend = Backend::always(Answer::sse().raw(text).cut(size)).await;
        let proxy = Proxy::start(&config(&backend)).await;
        let answer = proxy.chat(ask_stream("Hi")).await;
        assert_eq!(answer.text(), text, "in pieces of {size}");
    }
}

#[tokio::test]
async fn compressed_streams_are_understood_though_nobody_asked() {
    let plain = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    // gzip with stored blocks: no compressor needed to write it.
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let length = plain.len() as u16;
    gzip.extend(length.to_le_bytes());
    gzip.extend((!length).to_le_bytes());
    gzip.extend(plain.bytes());
    gzip.extend(crc32(plain.as_bytes()).to_le_bytes());
    gzip.extend((plain.len() as u32).to_le_bytes());
    let answer = Answer::sse().header("content-encoding", "gzip").raw(gzip);
    let backend = Backend::always(answer).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let answer = proxy.chat(ask_stream("Hi")).await;
    assert_eq!(answer.text(), plain);
    assert_eq!(answer.header("content-encoding"), None);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[tokio::test]
async fn events_are_handed_on_while_the_backend_still_thinks() {
    let gate = Gate::new();
    let answer = Answer::sse()
        .role()
        .delta("first")
        .gate(&gate)
        .delta("second")
        .finish("stop")
        .done();
    let backend = Backend::always(answer).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let mut live = proxy.chat_open(ask_stream("Hi")).await;
    live.event().await;
    assert_eq!(
        live.event().await["choices"][0]["delta"]["content"],
        "first"
    );
    gate.open();
    assert_eq!(
        live.event().await["choices"][0]["delta"]["content"],
        "second"
    );
    assert!(live.finish().await.text().ends_with("data: [DONE]\n\n"));
}

#[tokio::test]
async fn a_stream_that_is_cut_ends_with_an_error_and_never_with_done() {
    for (what, answer) in [
        ("hang-up", Answer::sse().role().delta("half an").hang_up()),
        ("reset", Answer::sse().role().delta("half an").reset()),
        ("clean end", Answer::sse().role().delta("half an")),
        (
            "until close",
            Answer::sse().role().delta("half an").until_close(),
        ),
    ] {
        let backend = Backend::always(answer).await;
        let proxy = Proxy::start(&config(&backend)).await;
        let answer = proxy.chat(ask_stream("Hi")).await;
        assert_eq!(
            answer.broken, None,
            "{what}: the stream itself ends in order"
        );
        let events = answer.events();
        let last = events.last().unwrap();
        assert!(last["error"]["message"].is_string(), "{what}: {last}");
        assert!(!answer.text().contains("[DONE]"), "{what}");
        assert_eq!(
            backend.requests().len(),
            1,
            "{what}: nothing is retried after the commit"
        );
        assert!(proxy.log(1).await.contains("error"), "{what}");
    }
}

#[tokio::test]
async fn a_backend_that_falls_silent_ends_the_stream() {
    let backend = Backend::always(Answer::sse().role().delta("half an").stall()).await;
    let more = "general_settings: {timeouts: {between_events: 0.3}}\n";
    let proxy = Proxy::start(&config_with(&backend, more)).await;
    let answer = proxy.chat(ask_stream("Hi")).await;
    assert!(answer.events().last().unwrap()["error"].is_object());
    backend.wait_left(1).await;
}

#[tokio::test]
async fn the_end_that_a_backend_forgets_is_supplied_once() {
    for (answer, finish) in [
        (Answer::sse().role().delta("x").finish("length"), "length"),
        (Answer::sse().role().delta("x").done(), "stop"),
        (
            Answer::sse()
                .role()
                .delta("x")
                .finish("stop")
                .done()
                .delta("late")
                .done(),
            "stop",
        ),
    ] {
        let backend = Backend::always(answer).await;
        let proxy = Proxy::start(&config(&backend)).await;
        let answer = proxy.chat(ask_stream("Hi")).await;
        assert_eq!(answer.text().matches("[DONE]").count(), 1);
        assert!(answer.text().ends_with("data: [DONE]\n\n"));
        assert_eq!(
            answer.events().last().unwrap()["choices"][0]["finish_reason"],
            finish
        );
        assert_eq!(answer.content(), "x");
    }
}

#[tokio::test]
async fn what_is_not_json_never_leaks() {
    let answer = Answer::sse()
        .role()
        .raw("data: <html>oops</html>\n\n")
        .delta("x")
        .finish("stop")
        .done();
    let backend = Backend::always(answer).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let answer = proxy.chat(ask_stream("Hi")).await;
    assert!(!answer.text().contains("oops"));
    assert_eq!(answer.content(), "x");
    assert!(proxy.log(1).await.contains("oops"), "but the log has it");
}

#[tokio::test]
async fn a_thinking_backend_is_covered_by_comments() {
    let gate = Gate::new();
    let answer = Answer::sse().gate(&gate).delta("x").finish("stop").done();
    let backend = Backend::always(answer).await;
    let more = "general_settings: {streaming: {keep_alive: 0.05}}\n";
    let proxy = Proxy::start(&config_with(&backend, more)).await;
    let mut live = proxy.chat_open(ask_stream("Hi")).await;
    for _ in 0..3 {
        assert_eq!(live.frame().await.unwrap(), ": keep-alive");
    }
    gate.open();
    let rest = live.finish().await;
    let mut frames = frames(&rest);
    // A backend that cannot run thinks, too.
    frames.retain(|frame| *frame != ": keep-alive");
    assert_eq!(frames.len(), 3, "{frames:?}");
}

#[tokio::test]
async fn a_client_that_leaves_mid_stream_frees_the_backend_within_a_second() {
    let backend = Backend::always(Answer::sse().role().delta("x").stall()).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let one_more = async |count| {
        let mut live = proxy.chat_open(ask_stream("Hi")).await;
        live.event().await;
        let begun = Instant::now();
        live.hang_up();
        backend.wait_left(count).await;
        begun.elapsed()
    };
    once_within(Duration::from_secs(1), "the backend is told", one_more).await;
    assert!(proxy.log(1).await.contains("cancelled"));
}

#[tokio::test]
async fn a_whole_answer_becomes_a_stream_for_a_client_that_asked_for_one() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let answer = proxy.chat(ask_stream("Hi")).await;
    assert_eq!(answer.content(), "Hello");
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
}

#[tokio::test]
async fn unknown_fields_order_numbers_and_white_space_survive() {
    let body = "{ \"choices\" : [ {\"message\":{\"content\":\"x\",\"z\":1,\"a\":2}} ],\n \"price\":1.10e-7, \"big\":12345678901234567890123 }";
    let answer = Answer::status(200)
        .header("content-type", "application/json")
        .body(body);
    let backend = Backend::always(answer).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let request = "{ \"zeta\":1.0, \"model\":\"m\",\"messages\":[ {\"role\":\"user\",\"content\":\"Hi\"} ], \"alpha\" : 1e400}";
    let headers = [("content-type", "application/json")];
    let answer = proxy
        .client()
        .request("POST", "/v1/chat/completions", &headers, request)
        .await;
    assert_eq!(answer.text(), body);
    assert_eq!(backend.request(1).text(), request);
}

/// Five hundred at a time, each with its own text, none mixed up with another.
#[tokio::test]
async fn five_hundred_streams_at_once() {
    let gate = Gate::new();
    let held = gate.clone();
    let backend = Backend::choose(move |seen| {
        let text = seen.json()["messages"][0]["content"]
            .as_str()
            .unwrap()
            .to_owned();
        Answer::sse()
            .role()
            .delta(&text)
            .gate(&held)
            .delta("!")
            .finish("stop")
            .done()
    })
    .await;
    let yaml = format!(
        "model_list:\n  - model_name: m\n    litellm_params: {{model: openai/m, api_base: \"{}/v1\"}}\n",
        backend.url()
    );
    let proxy = Proxy::start(&yaml).await;
    let mut streams = Vec::new();
    for number in 0..500 {
        let client = proxy.client().clone();
        streams.push(tokio::spawn(async move {
            let body = json!({"model": "m", "messages": [user(&format!("stream {number}"))], "stream": true});
            client.open("/v1/chat/completions", body).await.finish().await
        }));
    }
    backend.wait_requests(500).await;
    gate.open();
    for (number, stream) in streams.into_iter().enumerate() {
        let answer = stream.await.unwrap();
        assert_eq!(answer.content(), format!("stream {number}!"));
        assert!(answer.text().ends_with("data: [DONE]\n\n"));
    }
}
