use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use proptest::prelude::*;

use super::*;
use crate::config::{Backend, Deployment, LogLevel, OnError};
use crate::tape::{Discard, Entry, ExchangeMeta, Note, Sink, Spent, Tape};

type Calls = Arc<Mutex<Vec<String>>>;
type OnEvent = Arc<dyn Fn(&str) -> Result<Outcome, StageError> + Send + Sync>;
type OnRequest = Arc<dyn Fn(&RequestBody) -> Result<RequestOutcome, StageError> + Send + Sync>;

/// A plugin written as closures.
#[derive(Clone)]
struct Native {
    name: String,
    request: Interest,
    response: Interest,
    errors: Interest,
    on_error: OnError,
    on_request: OnRequest,
    on_event: OnEvent,
    end: Result<Vec<Item>, StageError>,
    listen: Option<Interest>,
    facts: Vec<Fact>,
    max_held: usize,
    calls: Calls,
}

fn native(name: &str, calls: &Calls) -> Native {
    Native {
        name: name.into(),
        request: Interest::None,
        response: Interest::All,
        errors: Interest::None,
        on_error: OnError::Skip,
        on_request: Arc::new(|_| Ok(RequestOutcome::Unchanged)),
        on_event: Arc::new(|_| Ok(Outcome::Unchanged)),
        end: Ok(Vec::new()),
        listen: None,
        facts: Vec::new(),
        max_held: 1 << 20,
        calls: calls.clone(),
    }
}

impl Native {
    fn event(
        mut self,
        f: impl Fn(&str) -> Result<Outcome, StageError> + Send + Sync + 'static,
    ) -> Self {
        self.on_event = Arc::new(f);
        self
    }
}

impl Plugin for Native {
    fn name(&self) -> &str {
        &self.name
    }
    fn on_error(&self) -> OnError {
        self.on_error
    }
    fn request(&self) -> &Interest {
        &self.request
    }
    fn response(&self) -> &Interest {
        &self.response
    }
    fn errors(&self) -> &Interest {
        &self.errors
    }
    fn max_held_bytes(&self) -> usize {
        self.max_held
    }
    fn start(&self, _attempt: Arc<AttemptFacts>, request: RequestBody) -> Box<dyn Stage> {
        self.calls
            .lock()
            .unwrap()
            .push(format!("{} starts", self.name));
        Box::new(Running {
            plugin: self.clone(),
            request,
        })
    }
}

struct Running {
    plugin: Native,
    request: RequestBody,
}

impl Running {
    fn called(&self, what: &str) {
        self.plugin
            .calls
            .lock()
            .unwrap()
            .push(format!("{} {what}", self.plugin.name));
    }
}

#[async_trait]
impl Stage for Running {
    async fn on_request(&mut self) -> Result<RequestOutcome, StageError> {
        self.called(&format!("request {}", self.request.text()));
        (self.plugin.on_request)(&self.request)
    }
    async fn on_event(&mut self, event: EventRef<'_>) -> Result<Outcome, StageError> {
        self.called(&format!("event {}", event.data));
        (self.plugin.on_event)(event.data)
    }
    async fn on_end(&mut self, reason: EndReason) -> Result<Vec<Item>, StageError> {
        self.called(&format!("end {reason:?}"));
        self.plugin.end.clone()
    }
    fn take_listen(&mut self) -> Option<Interest> {
        self.plugin.listen.take()
    }
    fn take_logs(&mut self) -> Vec<LogLine> {
        Vec::new()
    }

    fn take_facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.plugin.facts)
    }
}

fn tape() -> Tape {
    tape_for(Arc::new(Discard), LogLevel::Full)
}

fn tape_for(sink: Arc<dyn Sink>, level: LogLevel) -> Tape {
    let meta = ExchangeMeta {
        id: "x".into(),
        started: SystemTime::UNIX_EPOCH,
        model: "m".into(),
        level,
    };
    Tape::new(sink, Arc::new(meta), 1 << 20)
}

fn run(plugins: Vec<Native>, body: &str) -> Run {
    run_to("m", plugins, body)
}

fn run_to(target: &str, plugins: Vec<Native>, body: &str) -> Run {
    let deployment = Deployment::new("m", Backend::Demo);
    let facts = AttemptFacts {
        id: "x".into(),
        path: "/v1/chat/completions".into(),
        client_model: "m".into(),
        target_model: target.into(),
        streaming: true,
        attempt: 1,
        tenant: "t".into(),
        deployment: Arc::new(deployment),
        headers: Arc::new(HeaderMap::new()),
    };
    let plugins = plugins
        .into_iter()
        .map(|p| Arc::new(p) as Arc<dyn Plugin>)
        .collect();
    Arc::new(Chain::new(plugins)).run(
        Arc::new(facts),
        RequestBody::from_text(body.into()).unwrap(),
    )
}

fn event(data: &str) -> Event {
    Event {
        kind: EventKind::Chunk,
        name: None,
        data: data.into(),
        raw: Some(Bytes::from(format!("data: {data}\n\n"))),
        number: 0,
    }
}

/// Each event, and `*` behind those that are no longer the bytes that came.
fn shown(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|e| format!("{}{}", e.data, if e.raw.is_some() { "" } else { "*" }))
        .collect()
}

async fn play(run: &mut Run, events: &[&str]) -> Result<Vec<String>, ChainFailure> {
    play_on(&mut tape(), run, events).await
}

async fn play_on(
    tape: &mut Tape,
    run: &mut Run,
    events: &[&str],
) -> Result<Vec<String>, ChainFailure> {
    let mut out = Vec::new();
    for (n, data) in events.iter().enumerate() {
        let number = n as u32 + 1;
        let event = Event {
            number,
            ..event(data)
        };
        run.event(event, number, &mut out, tape).await?;
    }
    run.end(EndReason::Done, events.len() as u32, &mut out, tape)
        .await?;
    Ok(shown(&out))
}

fn emit(items: Vec<Item>, keep: u32) -> Result<Outcome, StageError> {
    Ok(Outcome::Emit(Emission {
        items,
        keep,
        stand_in: None,
    }))
}

fn new(data: &str) -> Item {
    Item::New {
        name: None,
        data: data.into(),
    }
}

fn trap() -> StageError {
    StageError {
        kind: StageErrorKind::Trap,
        message: "boom".into(),
    }
}

#[tokio::test]
async fn answers_go_up_the_list_and_requests_down() {
    let calls = Calls::default();
    let mut first = native("first", &calls);
    first.request = Interest::All;
    first.on_request = Arc::new(|_| {
        let set = vec![("by".to_string(), Some("\"first\"".to_string()))];
        let edit = RequestEdit {
            body: BodyEdit::Members(set),
            ..RequestEdit::default()
        };
        Ok(RequestOutcome::Edit(edit))
    });
    let mut second = native("second", &calls);
    second.request = Interest::All;
    let mut run = run(vec![first, second], "{}");
    let Ok(RequestResult::Send(sending)) = run.request(&mut tape()).await else {
        panic!("the request is sent");
    };
    assert_eq!(sending.body.text(), r#"{"by":"first"}"#);
    play(&mut run, &["1"]).await.unwrap();
    assert_eq!(
        *calls.lock().unwrap(),
        [
            "first starts",
            "first request {}",
            "second starts",
            r#"second request {"by":"first"}"#,
            "second event 1",
            "first event 1",
            "second end Done",
            "first end Done",
        ]
    );
}

#[tokio::test]
async fn a_hook_that_is_not_wanted_is_not_called_and_makes_no_instance() {
    let calls = Calls::default();
    let mut picky = native("picky", &calls);
    picky.response = Interest::AnyOf(vec!["<".into(), "\\u003c".into()]);
    let mut none = native("none", &calls);
    none.response = Interest::None;
    let mut run = run(vec![none, picky], "{}");
    let out = play(&mut run, &[r#"{"a":1}"#, r#"{"b":"<"}"#, r#"{"c":1}"#])
        .await
        .unwrap();
    assert_eq!(out, [r#"{"a":1}"#, r#"{"b":"<"}"#, r#"{"c":1}"#]);
    assert_eq!(
        *calls.lock().unwrap(),
        ["picky starts", r#"picky event {"b":"<"}"#, "picky end Done"]
    );
}

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
async fn a_new_interest_replaces_the_declared_one() {
    let calls = Calls::default();
    let mut plugin = native("p", &calls);
    plugin.response = Interest::AnyOf(vec!["1".into()]);
    plugin.listen = Some(Interest::AnyOf(vec!["3".into()]));
    let mut run = run(vec![plugin], "{}");
    play(&mut run, &["1", "11", "2", "3"]).await.unwrap();
    assert_eq!(
        *calls.lock().unwrap(),
        ["p starts", "p event 1", "p event 3", "p end Done"]
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

#[tokio::test]
async fn on_error_fail_ends_the_attempt_with_the_plugins_name() {
    let calls = Calls::default();
    let mut plugin = native("strict", &calls).event(|_| Err(trap()));
    plugin.on_error = OnError::Fail;
    let mut run = run(vec![plugin], "{}");
    let failure = play(&mut run, &["1"]).await.unwrap_err();
    let expected = ChainFailure::Plugin {
        plugin: "strict".into(),
        error: "on-event: trap: boom".into(),
    };
    assert_eq!(failure, expected);
}

#[tokio::test]
async fn another_try_can_be_asked_for_until_the_commit() {
    for committed in [false, true] {
        let calls = Calls::default();
        let plugin = native("p", &calls).event(|_| Ok(Outcome::Retry("again".into())));
        let mut run = run(vec![plugin], "{}");
        if committed {
            run.commit();
        }
        let result = play(&mut run, &["1"]).await;
        match committed {
            true => assert_eq!(result.unwrap(), ["1"]),
            false => assert!(matches!(result, Err(ChainFailure::Retry { .. }))),
        }
    }
}

#[tokio::test]
async fn an_error_is_shown_to_those_that_want_it_and_may_be_tried_again() {
    let wants = |name: &str, calls: &Calls| {
        let mut plugin = native(name, calls);
        plugin.errors = Interest::AnyOf(vec!["missing".into()]);
        plugin
    };
    let again = |_: &str| Ok(Outcome::Retry("again".into()));
    let calls = Calls::default();
    let others = || vec![native("deaf", &calls), wants("far", &calls)];
    let mut tape = tape();
    let mut fine = run(others(), "{}");
    assert_eq!(fine.error("{\"is\": \"missing\"}", &mut tape).await, Ok(()));
    assert_eq!(fine.error("{\"is\": \"other\"}", &mut tape).await, Ok(()));
    let shown = ["far starts", "far event {\"is\": \"missing\"}"];
    assert_eq!(*calls.lock().unwrap(), shown);

    let mut plugins = others();
    plugins.push(wants("keen", &calls).event(again));
    let mut eager = run(plugins.clone(), "{}");
    let wish = eager.error("missing", &mut tape).await;
    assert!(matches!(wish, Err(ChainFailure::Retry { .. })), "{wish:?}");
    let mut last = run(plugins, "{}");
    last.last_try();
    assert_eq!(last.error("missing", &mut tape).await, Ok(()));

    let mut strict = wants("strict", &calls).event(|_| emit(vec![new("1")], 0));
    strict.on_error = OnError::Fail;
    let failed = run(vec![strict], "{}").error("missing", &mut tape).await;
    assert!(
        matches!(failed, Err(ChainFailure::Plugin { .. })),
        "{failed:?}"
    );
}

#[tokio::test]
async fn last_words_pass_through_the_plugins_after() {
    let calls = Calls::default();
    let near_client = native("near", &calls);
    let mut near_backend = native("far", &calls);
    near_backend.end = Ok(vec![new("\"bye\"")]);
    let mut run = run(vec![near_client, near_backend], "{}");
    assert_eq!(play(&mut run, &["1"]).await.unwrap(), ["1", "\"bye\"*"]);
    assert_eq!(
        calls.lock().unwrap()[4..],
        ["far end Done", "near event \"bye\"", "near end Done"]
    );
}

#[tokio::test]
async fn line_breaks_in_a_new_event_are_taken_out() {
    let calls = Calls::default();
    let plugin = native("p", &calls).event(|_| emit(vec![new("{\n \"a\":\r\n1}")], 0));
    let mut run = run(vec![plugin], "{}");
    assert_eq!(play(&mut run, &["1"]).await.unwrap(), ["{  \"a\":  1}*"]);
}

#[tokio::test]
async fn a_model_by_another_name_can_be_an_interest() {
    for (target, called) in [("m", 0), ("n", 2)] {
        let calls = Calls::default();
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let (requests, events) = (count.clone(), count.clone());
        let mut plugin = native("p", &calls).event(move |_| {
            events.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(Outcome::Unchanged)
        });
        plugin.request = Interest::Renamed;
        plugin.response = Interest::Renamed;
        plugin.on_request = Arc::new(move |_| {
            requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(RequestOutcome::Unchanged)
        });
        let mut run = run_to(target, vec![plugin], "{}");
        assert!(run.request(&mut tape()).await.is_ok());
        play(&mut run, &["1"]).await.unwrap();
        assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), called);
    }
}

/// Remembers every note.
#[derive(Default)]
struct Heard(Mutex<Vec<Note>>);

impl Sink for Heard {
    fn append(&self, _: &Arc<ExchangeMeta>, entries: Vec<Entry>) {
        let notes = entries.into_iter().flat_map(Entry::unpack);
        let notes = notes.map(|timed| timed.note);
        self.0.lock().unwrap().extend(notes);
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
async fn headers_of_the_proxy_are_out_of_reach() {
    let calls = Calls::default();
    let mut plugin = native("p", &calls);
    plugin.request = Interest::All;
    plugin.on_request = Arc::new(|_| {
        Ok(RequestOutcome::Edit(RequestEdit {
            set_headers: vec![
                ("authorization".into(), "Bearer x".into()),
                ("x-mine".into(), "1".into()),
            ],
            remove_headers: vec!["host".into(), "x-old".into()],
            ..RequestEdit::default()
        }))
    });
    let mut run = run(vec![plugin], "{}");
    let Ok(RequestResult::Send(sending)) = run.request(&mut tape()).await else {
        panic!("the request is sent");
    };
    let names: Vec<_> = sending
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.is_some()))
        .collect();
    assert_eq!(names, [("x-old", false), ("x-mine", true)]);
}

#[tokio::test]
async fn a_request_hook_that_fails_leaves_the_request_alone() {
    for edit in [
        BodyEdit::Replace("not json".into()),
        BodyEdit::Replace("[]".into()),
        BodyEdit::Members(vec![("a".into(), Some("nope".into()))]),
    ] {
        let calls = Calls::default();
        let mut plugin = native("p", &calls);
        plugin.request = Interest::All;
        let edit = RequestEdit {
            body: edit,
            ..RequestEdit::default()
        };
        plugin.on_request = Arc::new(move |_| Ok(RequestOutcome::Edit(edit.clone())));
        let mut run = run(vec![plugin], r#"{"x": 1}"#);
        let Ok(RequestResult::Send(sending)) = run.request(&mut tape()).await else {
            panic!("the request is sent");
        };
        assert_eq!(sending.body.text(), r#"{"x": 1}"#);
        assert_eq!(play(&mut run, &["1"]).await.unwrap(), ["1"]);
        assert_eq!(
            calls.lock().unwrap().len(),
            2,
            "a dead plugin sees no events"
        );
    }
}

proptest! {
    #[test]
    fn an_empty_chain_is_the_identity(events in prop::collection::vec("[ -~]{0,12}", 0..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let texts: Vec<&str> = events.iter().map(String::as_str).collect();
        let out = runtime.block_on(play(&mut run(vec![], "{}"), &texts)).unwrap();
        prop_assert_eq!(out, events);
    }

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
