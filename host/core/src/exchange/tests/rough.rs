//! Backends that say one thing and do another.

use std::time::Duration;

use serde_json::Value;

use super::{ANSWER, Act, DONE, HI, ROLE, STOP, STREAM, Script, WHOLE, World, json, sse, text};
use crate::tape::Outcome;

/// A backend that streams whatever it is asked for. The answer, or why there is none.
async fn whole_of(pieces: &[&str]) -> Result<Value, String> {
    let world = World::with(vec![sse(pieces)], |config| {
        config.router.tries = 1;
        config.router.fallbacks.general.clear();
    });
    match world.ask(WHOLE).await {
        Ok(reply) => Ok(serde_json::from_str(&text(reply).await).expect("JSON")),
        Err(error) => Err(error.message),
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_put_together_keeps_the_rules_of_a_stream() {
    let cut = whole_of(&[ROLE, HI, "data: {\"id\":\"c\",\"choi"]).await;
    assert!(cut.unwrap_err().contains("without a whole answer"));

    let without_line_feed = whole_of(&[ROLE, HI, STOP, "data: [DONE]"]).await.unwrap();
    assert_eq!(without_line_feed["choices"][0]["message"]["content"], "hi");

    let more = whole_of(&[ROLE, HI, STOP, DONE, HI, DONE]).await.unwrap();
    assert_eq!(more["choices"][0]["message"]["content"], "hi");

    let no_reason = whole_of(&[ROLE, HI, DONE]).await.unwrap();
    assert_eq!(no_reason["choices"][0]["finish_reason"], "stop");
    let call = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\"}]}}]}\n\n";
    let no_reason = whole_of(&[call, DONE]).await.unwrap();
    assert_eq!(no_reason["choices"][0]["finish_reason"], "tool_calls");
}

/// The last event's blank line may be missing, wholly or in part; what follows is another event.
#[tokio::test(start_paused = true)]
async fn an_event_that_the_end_cuts_short_is_kept_apart_from_what_is_supplied() {
    let hi = HI.trim_end();
    let stop = STOP.trim_end();
    for line_end in ["", "\n", "\r\n", "\r"] {
        let world = World::new(vec![sse(&[HI, stop, line_end])]);
        let all = world
            .stream()
            .await
            .replace("\r\n", "\n")
            .replace('\r', "\n");
        assert_eq!(all, [HI, STOP, DONE].concat(), "{line_end:?}");

        let world = World::new(vec![sse(&[HI, hi, line_end])]);
        let all = world
            .stream()
            .await
            .replace("\r\n", "\n")
            .replace('\r', "\n");
        let error = all.strip_prefix(&[HI, HI].concat()).expect(line_end);
        assert!(
            error.starts_with("data: {\"error\""),
            "{line_end:?} {error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_say_that_it_is_one_is_seen_by_its_bytes() {
    for headers in [
        vec![],
        vec![("content-type", "application/json")],
        vec![("content-type", "text/plain; charset=utf-8")],
    ] {
        for pieces in [
            &[ROLE, HI, STOP, DONE][..],
            &["\n", "da", "ta: {}\n\n", HI, STOP, DONE],
            &[": ping\n\n", "event: message\n", HI, STOP, DONE],
        ] {
            let script = Script {
                headers: headers.clone(),
                ..sse(pieces)
            };
            let world = World::new(vec![script.clone()]);
            let reply = world.ask(STREAM).await.unwrap();
            assert!(
                reply.headers["content-type"]
                    .as_bytes()
                    .starts_with(b"text/event-stream"),
                "{headers:?}"
            );
            assert_eq!(text(reply).await, pieces.concat(), "{headers:?}");

            let world = World::new(vec![script]);
            let reply = world.ask(WHOLE).await.unwrap();
            let whole: Value = serde_json::from_str(&text(reply).await).unwrap();
            assert_eq!(whole["choices"][0]["message"]["content"], "hi");
        }
    }
}

/// What looks like a stream is one from its first bytes on: nothing waits for its end.
#[tokio::test(start_paused = true)]
async fn a_stream_seen_by_its_bytes_is_not_gathered_first() {
    let slow = Script {
        headers: vec![],
        ..sse(&[HI])
            .then(Act::Wait(Duration::from_secs(5)))
            .then(Act::Send(STOP.into()))
    };
    let world = World::new(vec![slow]);
    let before = tokio::time::Instant::now();
    let reply = world.ask(STREAM).await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(text(reply).await, [HI, STOP, DONE].concat());
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_before_json_is_no_fault() {
    let marked = format!("\u{feff}{ANSWER}");
    let world = World::new(vec![json(200, &marked)]);
    assert_eq!(text(world.ask(WHOLE).await.unwrap()).await, ANSWER);
}

#[tokio::test(start_paused = true)]
async fn an_error_in_any_shape_is_one_error_of_openais() {
    for error in [
        "event: error\ndata: {\"message\":\"gone\"}\n\n",
        "event: error\ndata: {\"code\":500,\"message\":\"gone\"}\n\n",
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}],\"error\":{\"code\":502,\"message\":\"gone\"}}\n\n",
    ] {
        let world = World::new(vec![
            sse(&[ROLE, HI])
                .then(Act::Wait(Duration::from_secs(1)))
                .then(Act::Send(error.into())),
        ]);
        let all = world.stream().await;
        let event = all
            .strip_prefix(&[ROLE, HI].concat())
            .expect("the beginning");
        let event: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(event["error"]["message"], "gone", "{error}");
        assert_eq!(world.end().outcome, Outcome::Error, "{error}");

        let world = World::with(
            vec![sse(&[ROLE, error]), sse(&[HI, STOP, DONE])],
            |config| {
                config.router.tries = 1;
            },
        );
        assert_eq!(world.stream().await, [HI, STOP, DONE].concat(), "{error}");
    }
    let whole = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"error"}],"error":{"code":502,"message":"gone"}}"#;
    let world = World::with(vec![json(200, whole), json(200, ANSWER)], |config| {
        config.router.tries = 1;
    });
    assert_eq!(text(world.ask(WHOLE).await.unwrap()).await, ANSWER);
}

/// Some refuse with 200 and a body of their own making. What it says is judged like an error.
#[tokio::test(start_paused = true)]
async fn a_refusal_with_200_is_heard() {
    for (refusal, tries) in [
        (
            r#"{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"},"choices":null}"#,
            1,
        ),
        (
            r#"{"code":401,"msg":"token expired or incorrect","success":false}"#,
            1,
        ),
        (r#"{"code":1000,"message":"unknown error"}"#, 2),
    ] {
        let scripts = vec![json(200, refusal); tries];
        let world = World::with(scripts, |config| config.router.fallbacks.general.clear());
        let error = world.ask(WHOLE).await.err().unwrap();
        assert_eq!(world.tries(), tries, "{refusal}");
        assert_eq!(error.body(), refusal);
    }
}

/// One byte now and then never makes an event.
#[tokio::test(start_paused = true)]
async fn an_event_that_dribbles_in_is_silence() {
    let mut dribble = sse(&[ROLE, HI, "data: "]);
    for _ in 0..1000 {
        dribble = dribble
            .then(Act::Wait(Duration::from_secs(1)))
            .then(Act::Send(" ".into()));
    }
    let world = World::with(vec![dribble], |config| config.streaming.keep_alive = None);
    let before = tokio::time::Instant::now();
    let all = world.stream().await;
    assert!(all.contains("fell silent"), "{all}");
    assert_eq!(before.elapsed().as_secs(), 60);

    let mut dribble = sse(&[ROLE, "data: "]);
    for _ in 0..1000 {
        dribble = dribble
            .then(Act::Wait(Duration::from_secs(1)))
            .then(Act::Send(" ".into()));
    }
    let world = World::with(vec![dribble, sse(&[HI, STOP, DONE])], |config| {
        config.router.tries = 1;
    });
    let before = tokio::time::Instant::now();
    assert!(world.stream().await.ends_with(&[HI, STOP, DONE].concat()));
    assert_eq!(before.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_status_that_http_does_not_have_is_a_bad_gateway() {
    let world = World::with(vec![json(999, r#"{"error":{"message":"?"}}"#)], |config| {
        config.router.tries = 1;
        config.router.fallbacks.general.clear();
    });
    assert_eq!(world.ask(WHOLE).await.err().unwrap().status, 502);
}
