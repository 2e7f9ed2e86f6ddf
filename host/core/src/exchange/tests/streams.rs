//! What of a stream reaches the client, and how it ends.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_healthy_stream_leaves_byte_for_byte() {
    let input = [": hello\r\n\r\n", ROLE, HI, ": ping\n\n", STOP, DONE];
    let world = World::new(vec![sse(&input)]);
    assert_eq!(world.stream().await, input.concat());
    let end = world.end();
    assert_eq!(end.outcome, Outcome::Success);
    assert_eq!(end.events_in, 3);
    assert_eq!(world.tries(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_cut_at_any_byte_into_pieces_is_the_same() {
    let whole = [
        ROLE,
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"é🙂\"}}]}\r\n\r\n",
        STOP,
        DONE,
    ]
    .concat();
    for cut in 0..whole.len() {
        let bytes = Bytes::from(whole.clone());
        let mut script = sse(&[]);
        script.body = vec![Act::Send(bytes.slice(..cut)), Act::Send(bytes.slice(cut..))];
        let world = World::new(vec![script]);
        assert_eq!(world.stream().await, whole, "cut at {cut}");
    }
}

/// What is no answer is never committed: the next deployment gets its chance.
#[tokio::test(start_paused = true)]
async fn a_stream_without_an_answer_falls_back() {
    let preamble = sse(&[ROLE]);
    let error_event = "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n";
    let silent = Duration::from_secs(3600);
    for (what, bad) in [
        ("nothing", sse(&[])),
        ("done alone", sse(&[DONE])),
        ("a preamble and done", sse(&[ROLE, DONE])),
        ("a preamble, cut", preamble.clone()),
        ("a preamble, broken", preamble.clone().then(Act::Break)),
        ("a preamble, silence", preamble.clone().then(Act::Hang)),
        ("an error first", sse(&[error_event])),
        ("a preamble, then an error", sse(&[ROLE, error_event])),
        (
            "html",
            Script {
                headers: vec![("content-type", "text/html")],
                ..sse(&["<html>"])
            },
        ),
        (
            "json error with 200",
            json(200, r#"{"error":{"message":"no"}}"#),
        ),
        (
            "no head",
            Script {
                head_after: silent,
                ..sse(&[])
            },
        ),
        (
            "refused",
            Script {
                refuse: Some(UpstreamError::Connect("no".into())),
                ..sse(&[])
            },
        ),
        ("500", json(500, "{}")),
        ("401", json(401, "{}")),
        ("a redirect", json(302, "")),
        ("comments for ever", sse(&[]).then(Act::Comments)),
        ("an endless line", sse(&["data: {"]).then(Act::Hang)),
    ] {
        let good = sse(&[ROLE, HI, STOP, DONE]);
        let world = World::with(vec![bad, good], |config| config.router.tries = 1);
        let reply = world
            .ask(STREAM)
            .await
            .unwrap_or_else(|e| panic!("{what}: {e}"));
        let from = reply.headers.get("x-yallmp-deployment").cloned();
        let all = text(reply).await;
        assert!(
            all.ends_with(&[ROLE, HI, STOP, DONE].concat()),
            "{what}: {all}"
        );
        assert!(all.matches("data:").count() == 4, "{what}: {all}");
        if let Some(from) = from {
            assert_eq!(from, "spare#1", "{what}");
        }
        assert_eq!(world.tries(), 2, "{what}");
        assert_eq!(world.end().outcome, Outcome::Success, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_at_the_end_is_supplied_once() {
    let world = World::new(vec![sse(&[ROLE, HI, STOP])]);
    assert_eq!(world.stream().await, [ROLE, HI, STOP, DONE].concat());
    assert_eq!(world.warnings().len(), 1);

    let world = World::new(vec![sse(&[ROLE, HI, DONE])]);
    let all = world.stream().await;
    let finish = all.strip_prefix(&[ROLE, HI].concat()).unwrap();
    assert!(
        finish.contains(r#""finish_reason":"stop""#) && finish.ends_with(DONE),
        "{finish}"
    );
    assert!(finish.contains(r#""id":"c""#));

    let call = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}\n\n";
    let world = World::new(vec![sse(&[call, DONE])]);
    assert!(
        world
            .stream()
            .await
            .contains(r#""finish_reason":"tool_calls""#)
    );

    let world = World::new(vec![sse(&[HI, STOP, DONE, HI, DONE])]);
    assert_eq!(
        world.stream().await,
        [HI, STOP, DONE].concat(),
        "what follows [DONE] is ignored"
    );

    let world = World::new(vec![sse(&[HI, STOP, "data: [DONE]"])]);
    assert_eq!(world.stream().await, [HI, STOP, DONE].concat());

    let world = World::new(vec![sse(&[HI, STOP]).then(Act::Break)]);
    let all = world.stream().await;
    assert!(
        all.ends_with(DONE) && !all.contains("error"),
        "complete before it broke: {all}"
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_commit_a_failure_is_one_honest_error_and_the_end() {
    let error_event =
        "data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n";
    for (what, script, message) in [
        ("cut", sse(&[ROLE, HI]), "ended before"),
        ("broken", sse(&[ROLE, HI]).then(Act::Break), "reset"),
        ("silence", sse(&[ROLE, HI]).then(Act::Hang), "silent"),
        (
            "an error event",
            sse(&[ROLE, HI, error_event, DONE]),
            "overloaded",
        ),
    ] {
        let world = World::with(vec![script], |config| config.streaming.keep_alive = None);
        let all = world.stream().await;
        assert!(all.starts_with(&[ROLE, HI].concat()), "{what}: {all}");
        assert!(!all.contains("[DONE]"), "{what}: {all}");
        let error = last_event(&all);
        let text = error["error"]["message"].as_str().unwrap();
        assert!(text.contains(message), "{what}: {text}");
        let end = world.end();
        assert_eq!(end.outcome, Outcome::Error, "{what}");
        assert_eq!(world.tries(), 1, "{what}: nothing is retried");
    }
}

#[tokio::test(start_paused = true)]
async fn events_that_are_not_json_never_reach_the_client() {
    for bad in [
        "data: <html>\n\n",
        "data: {\"cut\":\n\n",
        "data: null\n\n",
        "data: {\"choices\":[{oops}]}\n\n",
        "data: {\"choices\":[{\"index\":,\"delta\":{}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\u{1}\"}}]}\n\n",
    ] {
        let world = World::new(vec![sse(&[ROLE, HI, bad, STOP, DONE])]);
        assert_eq!(world.stream().await, [ROLE, HI, STOP, DONE].concat());
        assert_eq!(world.warnings().len(), 1);
        let world = World::with(vec![sse(&[ROLE, HI, bad, STOP, DONE])], |config| {
            config.streaming.bad_event = BadEvent::Fail;
        });
        assert!(last_event(&world.stream().await)["error"].is_object());
    }
}

#[tokio::test(start_paused = true)]
async fn events_that_arrived_together_leave_together() {
    let world = World::new(vec![sse(&[HI, HI, HI, STOP, DONE])]);
    let reply = world.ask(STREAM).await.unwrap();
    let ReplyBody::Stream(stream) = reply.body else {
        panic!("a stream")
    };
    let writes: Vec<Bytes> = stream.map(Result::unwrap).collect().await;
    assert_eq!(writes.len(), 1, "{writes:?}");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_stands_alone_is_not_delayed() {
    let world = World::new(vec![
        sse(&[HI])
            .then(Act::Wait(Duration::from_secs(5)))
            .then(Act::Send(STOP.into())),
    ]);
    let reply = world.ask(STREAM).await.unwrap();
    let ReplyBody::Stream(mut stream) = reply.body else {
        panic!("a stream")
    };
    let before = tokio::time::Instant::now();
    assert_eq!(stream.next().await.unwrap().unwrap(), HI);
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_understood_is_passed_on_to_its_end() {
    let speech = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"AA==\"}\n\n";
    for end in [&[][..], &[DONE]] {
        let pieces = [&[speech, speech], end].concat();
        let world = World::new(vec![sse(&pieces)]);
        let reply = world.post("/v1/audio/speech", STREAM).await.unwrap();
        assert_eq!(text(reply).await, pieces.concat());
    }
}
