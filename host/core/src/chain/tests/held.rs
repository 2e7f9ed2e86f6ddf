//! Events that a plugin holds back, and what becomes of them when it dies.

use super::*;

#[tokio::test]
async fn a_plugin_that_holds_is_always_called_and_releases_bytes_as_they_came() {
    let calls = Calls::default();
    let mut holder = native("holder", &calls).event(|data| match data {
        "1" => emit(vec![], 1),
        "2" => emit(vec![], 2),
        _ => emit(vec![Item::Held(0), new("[9]"), Item::Held(2)], 0),
    });
    holder.response = Interest::AnyOf(vec!["1".into()]);
    let mut run = run(vec![holder], "{}");
    assert_eq!(
        play(&mut run, &["0", "1", "2", "3", "4"]).await.unwrap(),
        ["0", "1", "[9]*", "3", "4"]
    );
    assert_eq!(calls.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn unchanged_releases_everything_that_was_held() {
    let calls = Calls::default();
    let holder = native("holder", &calls).event(|data| match data {
        "3" => Ok(Outcome::Unchanged),
        "1" => emit(vec![], 1),
        _ => emit(vec![], 2),
    });
    let mut run = run(vec![holder], "{}");
    assert_eq!(
        play(&mut run, &["1", "2", "3"]).await.unwrap(),
        ["1", "2", "3"]
    );
}

#[tokio::test]
async fn a_dead_plugin_loses_nothing_that_it_held() {
    for hook in ["event", "end"] {
        let calls = Calls::default();
        let mut plugin = native("p", &calls).event(|data| match data {
            "1" => emit(vec![], 1),
            "2" => emit(vec![], 2),
            _ => Err(trap()),
        });
        plugin.end = Err(trap());
        let mut run = run(vec![plugin], "{}");
        let input: &[&str] = if hook == "event" {
            &["1", "2", "3", "4"]
        } else {
            &["1", "2"]
        };
        assert_eq!(play(&mut run, input).await.unwrap(), input, "{hook}");
    }
}

#[tokio::test]
async fn a_stand_in_is_released_in_place_of_what_went_out_in_part() {
    let calls = Calls::default();
    let plugin = native("p", &calls).event(|data| match data {
        "\"a<\"" => Ok(Outcome::Emit(Emission {
            items: vec![new("\"a\"")],
            keep: 1,
            stand_in: Some("\"<\"".into()),
        })),
        _ => Err(trap()),
    });
    let mut run = run(vec![plugin], "{}");
    assert_eq!(
        play(&mut run, &["\"a<\"", "\"b\""]).await.unwrap(),
        ["\"a\"*", "\"<\"*", "\"b\""]
    );
}

#[tokio::test]
async fn wrong_answers_of_a_plugin_kill_it_and_lose_nothing() {
    let wrong: Vec<(&str, Emission)> = vec![
        (
            "keeps more than there is",
            Emission {
                keep: 2,
                ..Default::default()
            },
        ),
        (
            "names what is not held",
            Emission {
                items: vec![Item::Held(1)],
                ..Default::default()
            },
        ),
        (
            "names what it keeps",
            Emission {
                items: vec![Item::Held(0)],
                keep: 1,
                stand_in: None,
            },
        ),
        (
            "twice the same",
            Emission {
                items: vec![Item::Held(0), Item::Held(0)],
                ..Default::default()
            },
        ),
        (
            "not JSON",
            Emission {
                items: vec![new("{oops")],
                ..Default::default()
            },
        ),
        (
            "a stand-in for nothing",
            Emission {
                stand_in: Some("1".into()),
                ..Default::default()
            },
        ),
        (
            "a stand-in that is not JSON",
            Emission {
                keep: 1,
                stand_in: Some("{".into()),
                ..Default::default()
            },
        ),
    ];
    for (what, emission) in wrong {
        let calls = Calls::default();
        let plugin = native("p", &calls).event(move |_| Ok(Outcome::Emit(emission.clone())));
        let mut run = run(vec![plugin], "{}");
        assert_eq!(
            play(&mut run, &["1", "2"]).await.unwrap(),
            ["1", "2"],
            "{what}"
        );
        assert_eq!(
            calls.lock().unwrap().len(),
            2,
            "{what}: dead after one call"
        );
    }
}

#[tokio::test]
async fn holding_too_much_is_the_end_of_a_plugin_but_not_of_what_it_held() {
    let calls = Calls::default();
    let counter = Arc::new(Mutex::new(0));
    let mut plugin = native("p", &calls).event(move |_| {
        *counter.lock().unwrap() += 1;
        emit(vec![], *counter.lock().unwrap())
    });
    plugin.max_held = 30;
    let mut run = run(vec![plugin], "{}");
    assert_eq!(
        play(&mut run, &["1", "2", "3", "4", "5"]).await.unwrap(),
        ["1", "2", "3", "4", "5"]
    );
}

proptest! {
    /// Whatever a plugin holds, passes on and when it dies: what it does not drop on purpose
    /// comes out once, in order.
    #[test]
    fn held_events_come_out_once_and_in_order(
        keeps in prop::collection::vec(0u32..4, 1..12),
        dies_at in prop::option::of(0usize..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let texts: Vec<String> = (0..keeps.len()).map(|n| n.to_string()).collect();
        let held = Mutex::new(0u32);
        let script = keeps.clone();
        let calls = Calls::default();
        let plugin = native("p", &calls).event(move |data| {
            let n: usize = data.parse().unwrap();
            if dies_at == Some(n) {
                return Err(trap());
            }
            let mut held = held.lock().unwrap();
            *held += 1;
            let keep = script[n].min(*held);
            let settled = *held - keep;
            *held = keep;
            emit((0..settled).map(Item::Held).collect(), keep)
        });
        let mut plugin = plugin;
        plugin.end = Err(trap());
        let input: Vec<&str> = texts.iter().map(String::as_str).collect();
        let out = runtime.block_on(play(&mut run(vec![plugin], "{}"), &input)).unwrap();
        prop_assert_eq!(out, texts);
    }
}
