//! Answers that are whole, at one end or at both.

use super::*;

#[tokio::test(start_paused = true)]
async fn whole_answers_leave_byte_for_byte() {
    let world = World::new(vec![json(200, ANSWER)]);
    let reply = world.ask(WHOLE).await.unwrap();
    assert_eq!(reply.headers["x-request-id"], "req-1");
    assert_eq!(reply.headers["x-yallmp-deployment"], "m#1");
    assert_eq!(reply.headers["x-yallmp-attempts"], "1");
    assert!(reply.headers.contains_key("x-yallmp-overhead-ms"));
    assert_eq!(text(reply).await, ANSWER);
    let end = world.end();
    assert_eq!(end.usage.as_deref(), Some(r#"{"total_tokens":7}"#));
    assert_eq!((end.events_in, end.events_out), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_without_an_answer_falls_back() {
    for (what, bad) in [
        ("empty", json(200, "")),
        (
            "html",
            Script {
                headers: vec![("content-type", "text/html")],
                ..json(200, "<html></html>")
            },
        ),
        ("html that says json", json(200, "<!doctype html>")),
        ("no choices", json(200, r#"{"id":"x"}"#)),
        ("empty choices", json(200, r#"{"choices":[]}"#)),
        ("an error", json(200, r#"{"error":"overloaded"}"#)),
        ("cut", json(200, r#"{"choices":[{"#)),
        ("broken", json(200, r#"{"choices""#).then(Act::Break)),
        ("a hang", json(200, r#"{"choices""#).then(Act::Hang)),
        ("a stream", sse(&[HI])),
    ] {
        let world = World::with(vec![bad, json(200, ANSWER)], |config| {
            config.router.tries = 1
        });
        let reply = world
            .ask(WHOLE)
            .await
            .unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(text(reply).await, ANSWER, "{what}");
        assert_eq!(world.tries(), 2, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_becomes_a_stream_for_a_client_that_asked_for_one() {
    let answer = r#"{"id":"c","object":"chat.completion","x":1,"choices":[{"index":0,"message":{"role":"assistant","content":"hi","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"total_tokens":7}}"#;
    let world = World::new(vec![json(200, answer)]);
    let reply = world.ask(STREAM).await.unwrap();
    assert_eq!(
        reply.headers["content-type"],
        "text/event-stream; charset=utf-8"
    );
    let all = text(reply).await;
    let events: Vec<&str> = all.split("\n\n").filter(|e| !e.is_empty()).collect();
    assert_eq!(events.len(), 3, "{all}");
    let first: Value = serde_json::from_str(&events[0][6..]).unwrap();
    assert_eq!(first["object"], "chat.completion.chunk");
    assert_eq!(first["x"], 1);
    assert_eq!(first["choices"][0]["delta"]["content"], "hi");
    assert_eq!(first["choices"][0]["delta"]["tool_calls"][0]["index"], 0);
    let second: Value = serde_json::from_str(&events[1][6..]).unwrap();
    assert_eq!(second["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(events[2], "data: [DONE]");
}

#[tokio::test(start_paused = true)]
async fn a_whole_completion_becomes_a_stream_too() {
    let answer = r#"{"id":"c","choices":[{"index":0,"text":"hi","finish_reason":"stop"}]}"#;
    let world = World::new(vec![json(200, answer)]);
    let ask = r#"{"model":"m","prompt":"say","stream":true}"#;
    let reply = world.post("/v1/completions", ask).await.unwrap();
    assert_eq!(text(reply).await, format!("data: {answer}\n\n{DONE}"));
}
