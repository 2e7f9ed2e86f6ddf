use super::super::raw::Node;
use super::*;

/// The limits that a file and a model in it give, both as `{timeout, stream_timeout,
/// exact: {..}}`.
fn limits(file: &str, model: &str) -> Timeouts {
    let place = |text: &str| {
        let node = Node::parse(text).unwrap();
        let at = At::top(&node);
        let named = Limits::named(at.get("timeout"), at.get("stream_timeout"));
        Limits::exact(at.get("exact").as_ref()).over(&named)
    };
    place(model).over(&place(file)).resolve()
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

#[test]
fn nothing_said_gives_the_defaults() {
    assert_eq!(limits("", ""), Timeouts::default());
}

#[test]
fn a_timeout_limits_whole_answers_and_shortens_waits() {
    let times = limits("timeout: 300", "");
    assert_eq!(seconds(times.whole), 300.0);
    assert_eq!(seconds(times.headers), 300.0);
    assert_eq!(seconds(times.first_event), 15.0);
    let times = limits("timeout: 300", "timeout: 2");
    assert_eq!((seconds(times.whole), seconds(times.connect)), (2.0, 2.0));
    assert_eq!(seconds(times.first_event), 2.0);
    assert_eq!(seconds(times.between_events), 60.0);
    assert_eq!(times.total, None);
}

#[test]
fn a_stream_timeout_is_the_silence_before_the_first_event() {
    let times = limits("{timeout: 10, stream_timeout: 90}", "");
    assert_eq!(seconds(times.first_event), 90.0);
    assert_eq!(seconds(times.headers), 90.0);
    assert_eq!(seconds(times.whole), 10.0);
}

#[test]
fn exact_names_win_and_the_model_wins_over_the_file() {
    let file = "{timeout: 300, exact: {first_event: 20, headers: 10, total: 1h}}";
    let times = limits(file, "");
    assert_eq!(
        (seconds(times.first_event), seconds(times.headers)),
        (20.0, 10.0)
    );
    assert_eq!(times.total.map(seconds), Some(3600.0));
    let times = limits(file, "{timeout: 5, exact: {first_event: 8, total: off}}");
    assert_eq!(
        (seconds(times.first_event), seconds(times.headers)),
        (8.0, 5.0)
    );
    assert_eq!(times.total, None);
}

#[test]
fn the_head_has_no_shorter_limit_of_its_own() {
    assert_eq!(seconds(limits("exact: {whole: 2h}", "").headers), 7200.0);
    let file = limits("exact: {whole: 2h}", "");
    let again = Limits::exact(None).over(&Limits::of(&file)).resolve();
    assert_eq!(again, file);
}
