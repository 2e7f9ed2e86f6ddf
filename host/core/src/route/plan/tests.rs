use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::super::health::Health;
use super::super::{Phase, Router};
use super::*;
use crate::config::{Backend, Config};
use crate::upstream::UpstreamError;

fn deployment(id: &str) -> Deployment {
    let model = id.split('#').next().unwrap();
    let mut deployment = Deployment::new(model, Backend::Demo);
    deployment.id = id.to_owned();
    deployment.target_model = format!("target-{model}");
    deployment
}

/// Deployments in a fixed order: the first is tried first. No jitter matters.
fn config(deployments: impl IntoIterator<Item = Deployment>) -> Config {
    let deployments = deployments
        .into_iter()
        .enumerate()
        .map(|(place, mut deployment)| {
            // Far apart enough that the shuffle keeps the order, unless a test chose.
            if deployment.weight == 1 {
                deployment.weight = u32::MAX >> (16 * place).min(31);
            }
            Arc::new(deployment)
        })
        .collect();
    let mut config = Config {
        deployments,
        ..Config::default()
    };
    config.router.tries = 2;
    config.router.allowed_fails = 100;
    config
}

fn ids(ids: &[&str]) -> Config {
    config(ids.iter().map(|id| deployment(id)))
}

fn list(models: &[&str]) -> Vec<String> {
    models.iter().map(|model| (*model).to_owned()).collect()
}

fn router(config: &Config) -> Router {
    Router::seeded(config, &Health::default(), 7)
}

fn status(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
    Failure::Status {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn refused() -> Failure {
    Failure::Upstream(UpstreamError::Connect("refused".to_owned()))
}

/// Play one request; each try ends with what `answer` says of (deployment, target). Returns
/// the tries and the error, if none was good.
fn play(
    router: &Router,
    model: &str,
    now: Instant,
    mut answer: impl FnMut(&Candidate, Duration) -> Option<Failure>,
) -> (Vec<String>, Option<ProxyError>) {
    let mut plan = match router.plan(model, now) {
        Ok(plan) => plan,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut tries = Vec::new();
    let mut failure = None;
    loop {
        let (candidate, wait) = match plan.next(failure.as_ref(), now) {
            Step::Try {
                candidate, wait, ..
            } => (candidate, wait),
            Step::GiveUp(error) => return (tries, Some(error)),
        };
        tries.push(candidate.deployment.id.clone());
        failure = answer(&candidate, wait);
        let result = failure.as_ref().map_or(Ok(()), Err);
        router.report(&candidate.deployment, result, now);
        if failure.is_none() {
            return (tries, None);
        }
    }
}

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

#[derive(Debug, Clone)]
struct Scene {
    tries: Vec<u32>,
    fallbacks: Vec<(usize, Vec<usize>)>,
    long: Vec<(usize, Vec<usize>)>,
    allowed: u32,
    /// Index into the kinds of failure; 0 is a success.
    answers: Vec<usize>,
    /// Milliseconds before each request.
    pauses: Vec<u64>,
}

fn scene() -> impl Strategy<Value = Scene> {
    let lists = || prop::collection::vec((0..4usize, prop::collection::vec(0..4usize, 0..4)), 0..4);
    (
        prop::collection::vec(1..4u32, 6),
        lists(),
        lists(),
        0..4u32,
        prop::collection::vec(0..9usize, 1..40),
        prop::collection::vec(0..4000u64, 1..8),
    )
        .prop_map(|(tries, fallbacks, long, allowed, answers, pauses)| Scene {
            tries,
            fallbacks,
            long,
            allowed,
            answers,
            pauses,
        })
}

fn kind(number: usize) -> Option<Failure> {
    Some(match number {
        0 => return None,
        1 => refused(),
        2 => status(503, &[], "{}"),
        3 => status(429, &[("retry-after", "2")], "{}"),
        4 => status(400, &[], r#"{"error":{"code":"context_length_exceeded"}}"#),
        5 => status(400, &[], r#"{"error":{"code":"content_filter"}}"#),
        6 => Failure::Timeout(Phase::Headers),
        7 => Failure::PluginRetry {
            plugin: "p".to_owned(),
            reason: "r".to_owned(),
        },
        _ => Failure::ErrorAnswer {
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"{\"error\":{}}"),
        },
    })
}

proptest! {
    /// However backends fail: a request ends, no deployment gets more than its tries, and
    /// while one cools down nobody asks it, until one probe does.
    #[test]
    fn tries_are_bounded_and_cooling_is_respected(scene in scene()) {
        let names = ["a#1", "a#2", "b#1", "b#2", "c#1", "d#1"];
        let models = ["a", "b", "c", "d"];
        let mut config = config(names.iter().zip(&scene.tries).map(|(id, tries)| {
            let mut deployment = deployment(id);
            deployment.tries = Some(*tries);
            deployment
        }));
        let named = |lists: &[(usize, Vec<usize>)]| lists
            .iter()
            .map(|(model, to)| {
                let to = to.iter().map(|&model| models[model].to_owned()).collect();
                (models[*model].to_owned(), to)
            })
            .collect::<BTreeMap<_, Vec<_>>>();
        config.router.fallbacks.general = named(&scene.fallbacks);
        config.router.fallbacks.context_window = named(&scene.long);
        config.router.allowed_fails = scene.allowed;
        config.router.cooldown = Duration::from_secs(3);
        let router = router(&config);

        let mut now = Instant::now();
        let mut cooling: BTreeMap<String, (u32, Option<Instant>)> = BTreeMap::new();
        let mut answers = scene.answers.iter().cycle();
        for pause in &scene.pauses {
            now += Duration::from_millis(*pause);
            let mut count: BTreeMap<String, u32> = BTreeMap::new();
            play(&router, "a", now, |candidate, _| {
                let id = candidate.deployment.id.clone();
                let failure = kind(*answers.next().unwrap());
                let tries = count.entry(id.clone()).or_default();
                *tries += 1;
                assert!(*tries <= candidate.deployment.tries.unwrap(), "{id}");
                let (fails, until) = cooling.entry(id.clone()).or_default();
                assert!(until.is_none_or(|until| until <= now), "{id} was cooling");
                let verdict = failure.as_ref().map(|f| classify(f, SystemTime::UNIX_EPOCH));
                match verdict.map(|verdict| verdict.class) {
                    Some(class) if class.is_unhealthy() => {
                        *fails += 1;
                        if *fails > scene.allowed {
                            *until = Some(now + Duration::from_secs(3));
                        }
                    }
                    Some(class) if !class.is_alive() => {}
                    _ => (*fails, *until) = (0, None),
                }
                failure
            });
            prop_assert!(count.values().sum::<u32>() <= MAX_TRIES);
        }
    }
}
