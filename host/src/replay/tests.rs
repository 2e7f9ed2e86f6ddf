use std::time::Duration;

use yallmp_core::sse;

use super::*;
use crate::upstream::scene::Act;
use yallmp_log::text::parse;

/// A log from before `[DONE]` was in one, with events that were held, dropped and added.
const HELD: &str = include_str!("tests/held.log");

fn recording(text: &str) -> Result<Recording, Incomplete> {
    Recording::new(parse::parse(text.as_bytes()).unwrap())
}

fn event(content: &str) -> String {
    format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{content}\"}}}}]}}\n\n")
}

#[test]
fn what_a_client_got_is_read_from_what_came_and_what_was_done_to_it() {
    let recording = recording(HELD).unwrap();
    let outcome = Outcome::of(&recording.notes);
    let stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let got = [
        &event("a"),
        &event("c"),
        stop,
        &event("last words"),
        "data: [DONE]\n\n",
    ]
    .concat();
    assert_eq!(outcome.answer, Answer::Stream(got.into()));
    assert_eq!(outcome.end, "success, done");
}

#[test]
fn the_count_decides_whether_the_last_event_went_out() {
    let text = HELD.replace("events_out: 4", "events_out: 3");
    let outcome = Outcome::of(&recording(&text).unwrap().notes);
    let got = [
        &event("a"),
        &event("c"),
        &event("last words"),
        "data: [DONE]\n\n",
    ]
    .concat();
    assert_eq!(outcome.answer, Answer::Stream(got.into()));
}

#[test]
fn a_backend_is_played_with_its_waits_and_its_end() {
    let recording = recording(HELD).unwrap();
    let acts: Vec<_> = recording.tries[0].scene.0.iter().collect();
    assert!(matches!(acts[0], Act::Wait(time) if *time == Duration::from_millis(1)));
    let Act::Head(status, headers) = acts[1] else {
        panic!("{acts:?}");
    };
    assert_eq!((status.as_u16(), headers.len()), (200, 1), "{headers:?}");
    assert!(matches!(acts[2], Act::Wait(time) if *time == Duration::from_millis(100)));
    assert!(matches!(acts.last(), Some(Act::Send(bytes)) if *bytes == sse::DONE));
    let headers = recording.headers();
    assert!(headers.contains_key("x-note") && !headers.contains_key("authorization"));
}

#[test]
fn deployments_are_made_of_what_the_log_says() {
    let recording = recording(HELD).unwrap();
    let setup = Setup::new(&recording, &Chosen::Plugins(Vec::new()), Pacing::AtOnce).unwrap();
    let [deployment] = &setup.config.deployments[..] else {
        panic!("{:?}", setup.config.deployments);
    };
    assert_eq!(
        (deployment.id.as_str(), deployment.model_name.as_str()),
        ("m#2", "m")
    );
    assert_eq!(deployment.target_model, "target");
    assert_eq!(
        serde_json::Value::from(deployment.extra_body.clone()).to_string(),
        "{\"seed\":7}"
    );
    assert_eq!(deployment.tries, Some(1));
    assert_eq!(setup.describe(), "m#2: no plugins");
}

#[tokio::test]
async fn a_request_is_patched_and_sent_again() {
    let recording = recording(HELD).unwrap();
    let chosen = Chosen::Plugins(vec!["model-rewrite".to_owned()]);
    let setup = Setup::new(&recording, &chosen, Pacing::Recut(3)).unwrap();
    let replayed = replay(&recording, setup, Pacing::Recut(3)).await.unwrap();
    let (old, new) = (Outcome::of(&recording.notes), Outcome::of(&replayed.notes));
    assert_eq!(old.asked, new.asked);
    assert_eq!(new.answer.bytes(), replayed.body);
    assert_eq!(old.differences(&new), ["answer"], "nobody held or talked");
    let diff = diff(&old.lines(), &new.lines());
    assert!(
        diff.contains("\n+data: {\"choices\":[{\"delta\":{\"content\":\"held\"}}]}\n"),
        "{diff}"
    );
    assert!(
        diff.contains("\n-data: {\"choices\":[{\"delta\":{\"content\":\"last words\"}}]}\n"),
        "{diff}"
    );
}

#[test]
fn what_is_missing_is_named() {
    let (without_end, _) = HELD.split_once("=== +0.113000").unwrap();
    for (text, missing) in [
        (
            HELD.replace("level: full", "level: metadata"),
            Incomplete::Metadata,
        ),
        (without_end.to_owned(), Incomplete::Running),
        (
            HELD.replace("reason: done", "error: interrupted: the proxy stopped"),
            Incomplete::Interrupted,
        ),
        (
            HELD.replace("bytes_out: 0\n", "bytes_out: 0\nnotes_dropped: 2\n"),
            Incomplete::NotKept("a part of it (2 events or bodies)".to_owned()),
        ),
        (
            HELD.replace(
                "body: 57, changed at 47\n+. ,\"seed\":7\n",
                "body: 57, not kept\n",
            ),
            Incomplete::NotKept("the request that was sent (57 bytes)".to_owned()),
        ),
    ] {
        assert_eq!(recording(&text).err(), Some(missing));
    }
}

#[test]
fn failures_are_read_from_their_words() {
    let failed = |error: &str| {
        let (begun, end) = HELD.split_once("=== +0.005000").unwrap();
        let (_, end) = end.split_once("=== +0.113000").unwrap();
        let failed = format!("=== +0.006000 failed\nerror: {error}\nnext: give up\n");
        let text = [begun, &failed, "\n=== +0.113000", end].concat();
        let act = recording(&text).unwrap().tries[0].scene.0.back().cloned();
        act.map(|act| format!("{act:?}")).unwrap_or_default()
    };
    for (error, act) in [
        ("cannot connect: refused", "Break(Connect(\"refused\"))"),
        ("no connection within 1.5s", "Break(ConnectTimeout(1.5s))"),
        ("no connection within 250ms", "Break(ConnectTimeout(250ms))"),
        ("connection broke: reset", "Break(Broken(\"reset\"))"),
        (
            "unreadable answer: bad gzip",
            "Break(Unreadable(\"bad gzip\"))",
        ),
        ("time limit: FirstEvent", "Stall"),
    ] {
        assert_eq!(failed(error), act);
    }
}
