//! Who is called, in which order, and for what.

use super::*;

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

proptest! {
    #[test]
    fn an_empty_chain_is_the_identity(events in prop::collection::vec("[ -~]{0,12}", 0..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let texts: Vec<&str> = events.iter().map(String::as_str).collect();
        let out = runtime.block_on(play(&mut run(vec![], "{}"), &texts)).unwrap();
        prop_assert_eq!(out, events);
    }
}
