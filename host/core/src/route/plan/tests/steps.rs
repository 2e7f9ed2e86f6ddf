//! What follows a failure, and in which order deployments are asked.

use super::*;

#[test]
fn nothing_is_left_to_chance_in_order() {
    let mut config = ids(&["m#1", "m#2", "m#3"]);
    for (place, deployment) in config.deployments.iter_mut().enumerate() {
        Arc::make_mut(deployment).weight = place as u32;
    }
    for _ in 0..20 {
        let plan = Router::in_order(&config).plan("m", Instant::now()).unwrap();
        assert_eq!(plan.candidates(), ["m#1", "m#2", "m#3"]);
    }
}

#[test]
fn each_class_goes_its_way() {
    let long = r#"{"error":{"code":"context_length_exceeded"}}"#;
    let policy = r#"{"error":{"code":"content_filter"}}"#;
    let quota = r#"{"error":{"code":"insufficient_quota"}}"#;
    let everyone: &[&str] = &["a#1", "a#1", "a#2", "a#2", "b#1", "b#1"];
    let once: &[&str] = &["a#1", "a#2", "b#1"];
    for (failure, tries, code) in [
        (refused(), everyone, 502),
        (Failure::NoAnswer("nothing".to_owned()), everyone, 502),
        (status(500, &[], "{}"), everyone, 500),
        (status(429, &[], "{}"), everyone, 429),
        (status(429, &[("retry-after", "1")], "{}"), everyone, 429),
        (status(429, &[("retry-after", "60")], "{}"), once, 429),
        (status(503, &[("retry-after", "60")], "{}"), once, 503),
        (status(429, &[], quota), once, 429),
        (status(401, &[], "{}"), once, 401),
        (status(404, &[], "{}"), once, 404),
        (status(302, &[("location", "/x")], ""), once, 502),
        (status(400, &[], long), once, 400),
        (Failure::Timeout(Phase::FirstEvent), once, 504),
        (status(400, &[], "{}"), &["a#1"], 400),
        (status(400, &[], policy), &["a#1"], 400),
        (
            Failure::Plugin {
                plugin: "p".to_owned(),
                error: "trap".to_owned(),
            },
            &["a#1"],
            500,
        ),
    ] {
        let mut config = ids(&["a#1", "a#2", "b#1"]);
        config.router.fallbacks.general = [("a".to_owned(), list(&["b"]))].into();
        let (tried, error) = play(&router(&config), "a", Instant::now(), |_, _| {
            Some(failure.clone())
        });
        assert_eq!(tried, tries, "{failure:?}");
        assert_eq!(error.unwrap().status, code, "{failure:?}");
    }
}

#[test]
fn waits_double_and_follow_the_backend() {
    let mut config = ids(&["a#1"]);
    config.router.tries = 6;
    let router = router(&config);
    let mut waits = Vec::new();
    play(&router, "a", Instant::now(), |_, wait| {
        waits.push(wait.as_secs_f64());
        Some(refused())
    });
    for (wait, full) in waits.iter().zip([0.0, 0.25, 0.5, 1.0, 2.0, 2.0]) {
        assert!((full / 2.0..=full).contains(wait), "{waits:?}");
    }
    waits.clear();
    play(&router, "a", Instant::now(), |_, wait| {
        waits.push(wait.as_secs_f64());
        Some(status(429, &[("retry-after", "4")], "{}"))
    });
    assert_eq!(waits, [0.0, 4.0, 4.0, 4.0, 4.0, 4.0]);
    waits.clear();
    play(&router, "a", Instant::now(), |_, wait| {
        waits.push(wait.as_secs_f64());
        Some(Failure::PluginRetry {
            plugin: "p".to_owned(),
            reason: "r".to_owned(),
        })
    });
    assert_eq!(waits, [0.0; 6]);
}

#[test]
fn a_deployment_can_have_its_own_number_of_tries() {
    let mut patient = deployment("a#1");
    patient.tries = Some(4);
    let config = config([patient, deployment("a#2")]);
    let (tried, _) = play(
        &router(&config),
        "a",
        Instant::now(),
        |_, _| Some(refused()),
    );
    assert_eq!(tried, ["a#1", "a#1", "a#1", "a#1", "a#2", "a#2"]);
}

#[test]
fn fallbacks_in_order_without_loops() {
    let mut config = ids(&["a#1", "b#1", "c#1", "d#1", "e#1"]);
    config.router.tries = 1;
    let fallbacks = &mut config.router.fallbacks;
    fallbacks.general = [
        ("a".to_owned(), list(&["b", "unknown", "c"])),
        ("b".to_owned(), list(&["a", "d"])),
        ("c".to_owned(), list(&["b"])),
    ]
    .into();
    fallbacks.default = list(&["e", "a"]);
    let router = router(&config);
    for (model, tries) in [
        ("a", vec!["a#1", "b#1", "c#1", "d#1", "e#1"]),
        ("c", vec!["c#1", "b#1", "a#1", "d#1", "e#1"]),
        ("e", vec!["e#1", "a#1", "b#1", "c#1", "d#1"]),
    ] {
        let (tried, _) = play(&router, model, Instant::now(), |_, _| Some(refused()));
        assert_eq!(tried, tries);
        let plan = router.plan(model, Instant::now()).unwrap();
        assert_eq!(plan.candidates(), tries);
    }
}

#[test]
fn long_and_improper_requests_have_lists_of_their_own() {
    let long = || {
        Some(status(
            400,
            &[],
            r#"{"error":{"code":"context_length_exceeded"}}"#,
        ))
    };
    let policy = || Some(status(400, &[], r#"{"error":{"code":"content_filter"}}"#));
    let mut config = ids(&["a#1", "a#2", "b#1", "long#1", "free#1"]);
    let fallbacks = &mut config.router.fallbacks;
    fallbacks.general = [("a".to_owned(), list(&["b"]))].into();
    fallbacks.context_window = [("a".to_owned(), list(&["long", "b"]))].into();
    fallbacks.content_policy = [("*".to_owned(), list(&["free"]))].into();
    let router = router(&config);

    let (tried, error) = play(&router, "a", Instant::now(), |_, _| long());
    assert_eq!(tried, ["a#1", "long#1", "b#1"]);
    assert_eq!(error.unwrap().status, 400);
    let (tried, error) = play(&router, "a", Instant::now(), |_, _| policy());
    assert_eq!(tried, ["a#1", "free#1"]);
    assert_eq!(error.unwrap().status, 400);
    // A refusal further down goes its own way too.
    let (tried, _) = play(&router, "a", Instant::now(), |candidate, _| match candidate
        .deployment
        .model_name
        .as_str()
    {
        "a" => long(),
        "long" => policy(),
        _ => None,
    });
    assert_eq!(tried, ["a#1", "long#1", "free#1"]);
}

#[test]
fn the_backends_own_error_reaches_the_client() {
    let config = ids(&["a#1", "a#2"]);
    let body = r#"{"error":{"message":"slow down","type":"x","param":null,"code":7}}"#;
    let (_, error) = play(&router(&config), "a", Instant::now(), |candidate, _| {
        Some(match candidate.deployment.id.as_str() {
            "a#1" => status(429, &[("retry-after", "30")], body),
            _ => refused(),
        })
    });
    let error = error.unwrap();
    assert_eq!(error.status, 429);
    assert_eq!(error.retry_after, Some(Duration::from_secs(30)));
    assert_eq!(error.body(), body);
}

#[test]
fn a_body_that_is_not_json_is_quoted_and_a_key_in_it_is_hidden() {
    let mut with_key = deployment("a#1");
    with_key.api_key = Some("sk-very-secret".to_owned().into());
    let router = router(&config([with_key]));
    for (answer, expected) in [
        (
            "<html>\n<h1>Bad  Gateway</h1></html>",
            r#"{"error":{"message":"backend `a#1` answered 403 Forbidden: <html> <h1>Bad Gateway</h1></html>","type":"upstream_error","param":null,"code":"upstream_status"}}"#,
        ),
        (
            r#"{"error":"no such key: sk-very-secret"}"#,
            r#"{"error":"no such key: ***"}"#,
        ),
        (
            r#"[{"error":{"message":"m"}}]"#,
            r#"{"error":{"message":"m"}}"#,
        ),
        (
            "sk-very-secret",
            r#"{"error":{"message":"backend `a#1` answered 403 Forbidden: ***","type":"upstream_error","param":null,"code":"upstream_status"}}"#,
        ),
    ] {
        let (_, error) = play(&router, "a", Instant::now(), |_, _| {
            Some(status(403, &[], answer))
        });
        assert_eq!(error.unwrap().body(), expected);
    }
}
