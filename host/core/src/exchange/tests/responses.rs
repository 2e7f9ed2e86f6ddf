//! Answers of the Responses API.

use super::{World, json, sse, text};
use crate::tape::Outcome;

const STREAM: &str = r#"{"model":"m","input":"hi","stream":true}"#;
const WHOLE: &str = r#"{"model":"m","input":"hi"}"#;
const CREATED: &str = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"status\":\"in_progress\",\"error\":null,\"usage\":null}}\n\n";
const ADDED: &str = "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"sequence_number\":1,\"item\":{\"type\":\"message\",\"content\":[]}}\n\n";
const DELTA: &str = "event: response.output_text.delta\ndata: {\"delta\":\"say \\\"response.completed\\\"\",\"type\":\"response.output_text.delta\",\"sequence_number\":2}\n\n";
const COMPLETED: &str = "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":3,\"response\":{\"id\":\"r\",\"status\":\"completed\",\"error\":null,\"output\":[{\"type\":\"message\"}],\"usage\":{\"total_tokens\":7}}}\n\n";
const FAILED: &str = "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":3,\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"it broke\"},\"output\":[],\"usage\":{\"total_tokens\":7}}}\n\n";
const ERROR: &str = "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"it broke\",\"param\":null,\"sequence_number\":3}\n\n";
const DONE: &str = "data: [DONE]\n\n";
const ANSWER: &str = r#"{"id":"r","status":"completed","error":null,"output":[{"type":"message"}],"usage":{"total_tokens":7}}"#;

async fn ask(world: &World, body: &str) -> String {
    text(world.post("/v1/responses", body).await.unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_event_that_says_so() {
    let incomplete = COMPLETED.replace("completed", "incomplete");
    for end in [COMPLETED, &incomplete] {
        for after in [&[][..], &[DONE], &[DELTA, DONE]] {
            let pieces = [&[CREATED, ADDED, DELTA, end], after].concat();
            let world = World::new(vec![sse(&pieces)]);
            let expected = [CREATED, ADDED, DELTA, end].concat();
            assert_eq!(
                ask(&world, STREAM).await,
                expected,
                "and after it {after:?}"
            );
            let logged = world.end();
            assert_eq!(logged.usage.as_deref(), Some(r#"{"total_tokens":7}"#));
            assert_eq!(logged.outcome, Outcome::Success);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_cut_ends_with_an_error_event() {
    for cut in [&[][..], &[DONE]] {
        let pieces = [&[CREATED, ADDED, DELTA], cut].concat();
        let world = World::new(vec![sse(&pieces)]);
        let all = ask(&world, STREAM).await;
        let (before, error) = all.split_once("event: error\ndata: ").unwrap();
        assert_eq!(before, [CREATED, ADDED, DELTA].concat());
        let error: serde_json::Value = serde_json::from_str(error.trim()).unwrap();
        assert_eq!(error["type"], "error");
        assert_eq!(error["sequence_number"], 3);
        assert!(
            error["message"].is_string() && error["code"].is_string(),
            "{error}"
        );
        assert_eq!(world.end().outcome, Outcome::Error);
        assert_eq!(world.tries(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_backend_itself_says_of_its_failure_is_passed_on() {
    for last in [FAILED, ERROR] {
        let world = World::new(vec![sse(&[CREATED, DELTA, last, DELTA])]);
        assert_eq!(ask(&world, STREAM).await, [CREATED, DELTA, last].concat());
        assert_eq!(world.end().outcome, Outcome::Error);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_anything_meaningful_is_tried_elsewhere() {
    let empty = DELTA.replace("say \\\"response.completed\\\"", "");
    let good = [CREATED, DELTA, COMPLETED];
    for bad in [
        &[CREATED, ADDED, &empty, FAILED][..],
        &[CREATED, ERROR],
        &[CREATED, ADDED],
        &[CREATED, DONE],
        &["data: {\"type\":\"keepalive\"}\n\n"],
    ] {
        let world = World::with(vec![sse(bad), sse(&good)], |config| config.router.tries = 1);
        assert_eq!(ask(&world, STREAM).await, good.concat(), "{bad:?}");
        assert_eq!(world.tries(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_everywhere_has_the_shape_of_an_error() {
    let failed =
        r#"{"status":"failed","error":{"code":"server_error","message":"it broke"},"output":[]}"#;
    for (script, ask) in [
        (sse(&[CREATED, FAILED]), STREAM),
        (json(200, failed), WHOLE),
    ] {
        let world = World::with(vec![script.clone(), script], |config| {
            config.router.tries = 1
        });
        let error = world.post("/v1/responses", ask).await.err().unwrap();
        assert!(!error.status.is_success());
        let body = String::from_utf8(error.body().to_vec()).unwrap();
        assert!(
            body.starts_with("{\"error\":{") && body.contains("it broke"),
            "{body}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_other_form_serves_too() {
    let world = World::new(vec![sse(&[CREATED, DELTA, COMPLETED])]);
    let reply = world.post("/v1/responses", WHOLE).await.unwrap();
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(text(reply).await, ANSWER);
    assert_eq!(world.end().usage.as_deref(), Some(r#"{"total_tokens":7}"#));

    let answer = r#"{"id":"r","status":"completed","output":[{"type":"message","id":"i","content":[{"type":"output_text","text":"hi"}]}],"x":1}"#;
    let world = World::new(vec![json(200, answer)]);
    let all = ask(&world, STREAM).await;
    let events: Vec<serde_json::Value> = all
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "response.created",
            "response.output_item.added",
            "response.output_text.delta",
            "response.output_item.done",
            "response.completed"
        ]
    );
    assert_eq!(events[2]["delta"], "hi");
    assert_eq!(events[4]["response"].to_string(), answer);
}
