//! Whatever backends do.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

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
