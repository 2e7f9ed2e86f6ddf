//! Requests on their way down.

use super::*;

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
