//! What the log and the account hear of plugins.

use super::*;

/// Remembers every note.
#[derive(Default)]
struct Heard(Mutex<Vec<Note>>);

impl Sink for Heard {
    fn append(&self, _: &Arc<ExchangeMeta>, entries: Vec<Entry>) -> Option<Vec<Entry>> {
        let notes = entries.into_iter().flat_map(Entry::unpack);
        let notes = notes.map(|timed| timed.note);
        self.0.lock().unwrap().extend(notes);
        None
    }
}

#[tokio::test]
async fn the_log_hears_what_a_plugin_gave_out_in_order() {
    let calls = Calls::default();
    let far = native("far", &calls).event(|data| match data {
        "1" => emit(vec![], 1),
        "2" => Ok(Outcome::Unchanged),
        "3" => emit(vec![new("[3]"), Item::Held(0)], 0),
        _ => Ok(Outcome::Unchanged),
    });
    let near = native("near", &calls).event(|data| match data {
        "[3]" => emit(vec![], 1),
        "3" => emit(vec![Item::Held(1), Item::Held(0)], 0),
        _ => Ok(Outcome::Unchanged),
    });
    let heard = Arc::new(Heard::default());
    let mut tape = tape_for(heard.clone(), LogLevel::Full);
    let mut run = run(vec![near, far], "{}");
    let out = play_on(&mut tape, &mut run, &["1", "2", "3", "4"]).await;
    assert_eq!(out.unwrap(), ["1", "2", "3", "[3]*", "4"]);
    drop(tape);
    let made = |data: &str| Given::Made {
        name: None,
        data: data.into(),
    };
    let notes = heard.0.lock().unwrap().clone();
    let given: Vec<_> = notes
        .into_iter()
        .filter_map(|note| match note {
            Note::EventPatched(note) => Some((note.plugin.to_string(), note.number, note.given)),
            _ => None,
        })
        .collect();
    let expect = [
        ("far", 1, vec![]),
        ("far", 2, vec![Given::AsCame(1), Given::AsCame(2)]),
        ("far", 3, vec![made("[3]"), Given::AsCame(3)]),
        ("near", 3, vec![]),
        ("near", 3, vec![Given::AsCame(3), made("[3]")]),
    ];
    assert_eq!(
        given,
        expect.map(|(plugin, n, given)| (plugin.into(), n, given))
    );
}

/// At every level, with a plugin that dies in the second of its calls.
#[tokio::test]
async fn the_end_tells_what_each_plugin_cost() {
    for level in [LogLevel::Full, LogLevel::Metadata, LogLevel::Off] {
        let calls = Calls::default();
        let fixer = native("fixer", &calls).event(|data| match data {
            "1" => emit(vec![], 1),
            "2" => emit(vec![], 2),
            "3" => emit(vec![new("[3]"), Item::Held(0)], 0),
            _ => Ok(Outcome::Unchanged),
        });
        let mut dies = native("dies", &calls).event(|data| match data {
            "2" => Err(trap()),
            _ => Ok(Outcome::Unchanged),
        });
        dies.request = Interest::All;
        dies.on_request = Arc::new(|_| {
            Ok(RequestOutcome::Edit(RequestEdit {
                set_headers: vec![("x-mine".into(), "1".into())],
                ..RequestEdit::default()
            }))
        });
        let mut idle = native("idle", &calls);
        idle.response = Interest::None;
        let heard = Arc::new(Heard::default());
        let mut tape = tape_for(heard.clone(), level);
        let mut run = run(vec![idle, fixer, dies], "{}");
        assert!(run.request(&mut tape).await.is_ok());
        play_on(&mut tape, &mut run, &["1", "2", "3"])
            .await
            .unwrap();
        let spent: Vec<_> = tape
            .end()
            .plugins
            .iter()
            .map(|(plugin, spent)| {
                let spent = Spent {
                    time: std::time::Duration::ZERO,
                    ..spent.clone()
                };
                (plugin.to_string(), spent)
            })
            .collect();
        let expect = [
            (
                "dies".to_string(),
                Spent {
                    calls: 3,
                    changed: 1,
                    failed: 1,
                    ..Spent::default()
                },
            ),
            (
                "fixer".to_string(),
                Spent {
                    calls: 4,
                    held_events: 2,
                    held_bytes: 2 * "data: 1\n\n".len(),
                    dropped: 2,
                    added: 1,
                    changed: 1,
                    ..Spent::default()
                },
            ),
        ];
        assert_eq!(spent, expect, "{level:?}");
    }
}

#[tokio::test]
async fn a_death_is_told_once_with_what_it_died_of() {
    let calls = Calls::default();
    let mut first = native("first", &calls);
    first.request = Interest::All;
    first.on_request = Arc::new(|_| Err(trap()));
    let second = native("second", &calls).event(|_| {
        Err(StageError {
            kind: StageErrorKind::Time,
            message: "too long".into(),
        })
    });
    let mut run = run(vec![first, second], "{}");
    let mut tape = tape();
    run.request(&mut tape).await.unwrap();
    let mut out = Vec::new();
    for number in 1..3 {
        let event = event("1");
        run.event(event, number, &mut out, &mut tape).await.unwrap();
    }
    let deaths = &tape.account().deaths;
    let told: Vec<_> = deaths.iter().map(|(p, kind)| (&**p, kind.name())).collect();
    assert_eq!(told, [("first", "trap"), ("second", "time_limit")]);
}
