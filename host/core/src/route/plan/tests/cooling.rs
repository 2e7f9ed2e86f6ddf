//! Deployments that cool down, or are at a limit of their own.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_failing_deployment_cools_down_and_is_probed() {
    let mut config = ids(&["a#1"]);
    config.router.allowed_fails = 2;
    config.router.cooldown = Duration::from_secs(10);
    let router = router(&config);
    let fail = |now| play(&router, "a", now, |_, _| Some(status(500, &[], "{}")));

    let start = Instant::now();
    assert_eq!(fail(start).0.len(), 2);
    // The third failure is one too many; the second try of that request is left out.
    let (tries, error) = fail(start);
    assert_eq!((tries.len(), error.unwrap().status.as_u16()), (1, 500));
    let (tries, error) = fail(start + Duration::from_secs(4));
    let error = error.unwrap();
    assert_eq!((tries.len(), error.status.as_u16()), (0, 503));
    assert_eq!(error.retry_after, Some(Duration::from_secs(6)));
    assert_eq!(error.code, Some("model_cooling_down"));

    // The time is over: one may try, the others wait for what it finds.
    let later = start + Duration::from_secs(10);
    let mut probe = router.plan("a", later).unwrap();
    assert!(matches!(probe.next(None, later), Step::Try { .. }));
    let (tries, error) = fail(later);
    assert_eq!((tries.len(), error.unwrap().status.as_u16()), (0, 503));
    // A probe that is given up frees the place for the next one, which fails, once.
    drop(probe);
    assert_eq!(fail(later).0.len(), 1);
    assert_eq!(fail(later + Duration::from_secs(9)).0.len(), 0);
    // And one that goes well opens it for all.
    let well = later + Duration::from_secs(10);
    assert_eq!(play(&router, "a", well, |_, _| None).0.len(), 1);
    assert_eq!(fail(well).0.len(), 2);

    // Whoever looks back sees both times.
    let spans = |router: &Router| router.cooldowns().remove(0).1;
    let second = |instant: Instant| (instant - start).as_secs();
    let seen = spans(&router).into_iter();
    let seen: Vec<_> = seen.map(|c| (second(c.began), second(c.until))).collect();
    assert_eq!(seen, [(0, 10), (10, 20)]);
}

#[test]
fn a_cool_down_that_a_late_answer_ends_is_remembered_as_short() {
    let mut config = ids(&["a#1"]);
    config.router.allowed_fails = 0;
    config.router.cooldown = Duration::from_secs(10);
    let router = router(&config);
    let start = Instant::now();
    let deployment = config.deployments[0].clone();
    router.report(&deployment, Err(&refused()), start);
    // Begun before it, ended in it.
    router.report(&deployment, Ok(()), start + Duration::from_secs(3));
    let (_, seen) = router.cooldowns().remove(0);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].until, start + Duration::from_secs(3));
    assert!(
        router.cooling(start + Duration::from_secs(4))[0]
            .1
            .is_none()
    );
}

#[test]
fn a_cooling_deployment_costs_a_request_with_fallbacks_nothing() {
    let mut config = ids(&["a#1", "b#1"]);
    config.router.allowed_fails = 0;
    config.router.fallbacks.default = list(&["b"]);
    let router = router(&config);
    let now = Instant::now();
    let answer = |candidate: &Candidate, wait: Duration| {
        assert_eq!(wait, Duration::ZERO);
        (candidate.deployment.id == "a#1").then(refused)
    };
    assert_eq!(play(&router, "a", now, answer).0, ["a#1", "b#1"]);
    assert_eq!(play(&router, "a", now, answer).0, ["b#1"]);
    assert_eq!(router.plan("a", now).unwrap().candidates(), ["b#1"]);
}

#[test]
fn a_backend_that_asks_for_a_long_pause_gets_it() {
    let mut config = ids(&["a#1"]);
    config.router.allowed_fails = 0;
    let router = router(&config);
    let now = Instant::now();
    let busy = status(429, &[("retry-after", "120")], "{}");
    play(&router, "a", now, |_, _| Some(busy.clone()));
    let (_, error) = play(&router, "a", now, |_, _| None);
    assert_eq!(error.unwrap().retry_after, Some(Duration::from_secs(120)));
}

#[test]
fn client_errors_do_not_cool() {
    let mut config = ids(&["a#1"]);
    config.router.allowed_fails = 0;
    let router = router(&config);
    for code in [400, 404, 422, 413, 451] {
        let now = Instant::now();
        play(&router, "a", now, |_, _| Some(status(code, &[], "{}")));
        assert_eq!(play(&router, "a", now, |_, _| None).0, ["a#1"], "{code}");
    }
}

#[test]
fn health_survives_a_new_configuration_unless_the_deployment_changed() {
    let mut config = ids(&["a#1"]);
    config.router.allowed_fails = 0;
    let health = Health::default();
    let old = Router::seeded(&config, &health, 1);
    let now = Instant::now();
    play(&old, "a", now, |_, _| Some(refused()));
    let same = Router::seeded(&config, &health, 2);
    assert!(play(&same, "a", now, |_, _| None).0.is_empty());
    let mut moved = deployment("a#1");
    moved.backend = Backend::Http {
        base: "http://elsewhere".to_owned(),
    };
    let changed = Router::seeded(&self::config([moved]), &health, 3);
    assert_eq!(play(&changed, "a", now, |_, _| None).0, ["a#1"]);
}

#[tokio::test(start_paused = true)]
async fn limits_per_minute_slide() {
    let mut limited = deployment("a#1");
    limited.rpm = Some(2);
    let router = router(&config([limited]));
    let start = Instant::now();
    let ask = |seconds: u64| {
        let now = start + Duration::from_secs(seconds);
        match play(&router, "a", now, |_, _| None).1 {
            None => Ok(()),
            Some(error) => Err((error.status.as_u16(), error.retry_after.unwrap().as_secs())),
        }
    };
    assert_eq!(ask(0), Ok(()));
    assert_eq!(ask(1), Ok(()));
    // Room comes when the first minute has begun to fade.
    assert_eq!(ask(20), Err((429, 40)));
    assert_eq!(ask(61), Ok(()));
    assert_eq!(ask(62).unwrap_err().0, 429);
    assert_eq!(ask(300), Ok(()));
    assert_eq!(ask(301), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn tokens_count_too() {
    let mut limited = deployment("a#1");
    limited.tpm = Some(1000);
    let config = config([limited]);
    let router = router(&config);
    let now = Instant::now();
    router.used(&config.deployments[0], 1500, now);
    let (_, error) = play(&router, "a", now, |_, _| None);
    assert_eq!(error.unwrap().status, 429);
    let later = now + Duration::from_secs(90);
    assert_eq!(
        play(&router, "a", later, |_, _| None).1.map(|e| e.status),
        None
    );
}
