//! Plugins that end an attempt, or ask for another one.

use super::*;

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
