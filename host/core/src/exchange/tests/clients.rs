//! What clients send, and how they behave.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_clients_key_and_connection_headers_stay_here() {
    let world = World::new(vec![json(200, ANSWER)]);
    world.ask(WHOLE).await.unwrap();
    let request = world.backend.requests.lock().unwrap()[0].clone();
    assert_eq!(request.url, "http://backend/v1/chat/completions");
    assert_eq!(request.headers["x-custom"], "kept");
    for gone in [
        "authorization",
        "connection",
        "x-hop",
        "host",
        "content-length",
    ] {
        assert!(!request.headers.contains_key(gone), "{gone}");
    }
    assert_eq!(request.body, WHOLE);
}

#[tokio::test(start_paused = true)]
async fn bad_requests_are_refused_with_the_place() {
    for (body, param, message) in [
        ("{", "", "the body is not valid JSON"),
        ("[]", "", "must be a JSON object"),
        ("{}", "model", "`model` is missing"),
        (r#"{"model":7}"#, "model", "must be a string"),
        (r#"{"model":"m"}"#, "messages", "`messages` is missing"),
        (r#"{"model":"m","messages":[ ]}"#, "messages", "is empty"),
        (
            r#"{"model":"m","messages":"hi"}"#,
            "messages",
            "must be a list",
        ),
        (
            r#"{"model":"m","messages":[1],"stream":"yes"}"#,
            "stream",
            "true or false",
        ),
    ] {
        let world = World::new(vec![]);
        let error = world.ask(body).await.err().expect("refused");
        assert_eq!(error.status, 400, "{body}");
        assert!(error.message.contains(message), "{body}: {}", error.message);
        assert_eq!(error.param.as_deref().unwrap_or_default(), param);
        assert_eq!(world.end().outcome, Outcome::Error);
    }
    let world = World::new(vec![]);
    let error = world
        .ask(r#"{"model":"spate","messages":[1]}"#)
        .await
        .err()
        .unwrap();
    assert_eq!(error.status, 404);
    assert!(error.message.contains("spare"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn usage_goes_to_the_client_that_asked_and_to_the_log() {
    let world = World::new(vec![sse(&[HI, STOP, USAGE, DONE])]);
    assert_eq!(world.stream().await, [HI, STOP, DONE].concat());
    assert_eq!(world.end().usage.as_deref(), Some(r#"{"total_tokens":7}"#));

    let asks = STREAM.replace(
        "\"stream\"",
        "\"stream_options\":{\"include_usage\":true},\"stream\"",
    );
    let world = World::new(vec![sse(&[HI, STOP, USAGE, DONE])]);
    let reply = world.ask(&asks).await.unwrap();
    assert_eq!(text(reply).await, [HI, STOP, USAGE, DONE].concat());

    let world = World::with(vec![sse(&[HI, STOP, USAGE, DONE])], |config| {
        config.streaming.always_include_usage = true;
    });
    assert_eq!(world.stream().await, [HI, STOP, DONE].concat());
    let sent = world.backend.requests.lock().unwrap()[0].body.clone();
    assert!(
        std::str::from_utf8(&sent)
            .unwrap()
            .contains(r#""stream_options":{"include_usage":true}"#)
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_takes_the_backends_connection_with_it() {
    let world = World::new(vec![sse(&[ROLE, HI]).then(Act::Hang)]);
    let reply = world.ask(STREAM).await.unwrap();
    assert_eq!(*world.backend.open.lock().unwrap(), 1);
    drop(reply);
    assert_eq!(*world.backend.open.lock().unwrap(), 0);
    assert_eq!(world.end().outcome, Outcome::Cancelled);

    for (what, script) in [
        (
            "before the head",
            Script {
                head_after: Duration::from_secs(9),
                ..sse(&[])
            },
        ),
        ("before the first event", sse(&[]).then(Act::Hang)),
        ("during back-off", json(503, "{}")),
    ] {
        let world = World::new(vec![script]);
        let asking = tokio::time::timeout(Duration::from_millis(100), world.ask(STREAM));
        assert!(asking.await.is_err(), "{what}");
        assert_eq!(*world.backend.open.lock().unwrap(), 0, "{what}");
        assert_eq!(world.end().outcome, Outcome::Cancelled, "{what}");
        assert_eq!(world.tries(), 1, "{what}: the retries ended too");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_is_not_the_backends_silence() {
    let world = World::new(vec![
        sse(&[HI])
            .then(Act::Wait(Duration::from_secs(1)))
            .then(Act::Send(STOP.into()))
            .then(Act::Wait(Duration::from_secs(1)))
            .then(Act::Send(DONE.into())),
    ]);
    let reply = world.ask(STREAM).await.unwrap();
    let ReplyBody::Stream(mut stream) = reply.body else {
        panic!("a stream")
    };
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        all.extend_from_slice(&piece.unwrap());
        tokio::time::sleep(Duration::from_secs(500)).await;
    }
    assert_eq!(String::from_utf8(all).unwrap(), [HI, STOP, DONE].concat());
}

#[tokio::test(start_paused = true)]
async fn comments_keep_a_waiting_client_alive_and_commit_nothing() {
    let mut slow = sse(&[HI, STOP, DONE]);
    slow.head_after = Duration::from_secs(12);
    let bad = Script {
        head_after: Duration::from_secs(12),
        ..json(500, "{}")
    };
    let world = World::with(vec![bad, slow], |config| {
        config.streaming.keep_alive = Some(Duration::from_secs(5));
        config.router.tries = 2;
    });
    let all = world.stream().await;
    let answer = [HI, STOP, DONE].concat();
    let comments = all.strip_suffix(&answer).expect("the answer, whole");
    assert!(
        comments.matches(": keep-alive\n\n").count() >= 3,
        "{comments}"
    );
    assert_eq!(world.tries(), 2);

    let bad = Script {
        head_after: Duration::from_secs(12),
        ..json(500, r#"{"error":{"message":"broken"}}"#)
    };
    let world = World::with(vec![bad], |config| {
        config.streaming.keep_alive = Some(Duration::from_secs(5));
        config.router.tries = 1;
        config.router.fallbacks.general.clear();
    });
    let error = last_event(&world.stream().await);
    assert_eq!(error["error"]["message"], "broken");
}

#[tokio::test(start_paused = true)]
async fn settings_of_the_deployment_are_laid_over_last() {
    let world = World::with(vec![json(200, ANSWER)], |config| {
        let mut deployment = (*config.deployments[0]).clone();
        deployment.drop_params = vec!["seed".into(), "absent".into()];
        deployment.extra_body.insert("top_k".into(), 5.into());
        deployment.default_body.insert("n".into(), 1.into());
        deployment.default_body.insert("stop".into(), "x".into());
        deployment.api_key = Some("sk-backend".to_string().into());
        config.deployments[0] = Arc::new(deployment);
    });
    world
        .ask(r#"{"model":"m", "seed":1,"messages":[1],"stop":null}"#)
        .await
        .unwrap();
    let request = world.backend.requests.lock().unwrap()[0].clone();
    let expected = r#"{"model":"m","messages":[1],"stop":null,"n":1,"top_k":5}"#;
    assert_eq!(request.body, expected);
    assert_eq!(request.headers["authorization"], "Bearer sk-backend");
}
