use std::format;
use std::string::ToString;

use yallmp_sdk::Interest;
use yallmp_sdk::testkit::noted;

use super::kit;

fn refused(config: &str) -> std::string::String {
    kit(config).plan().unwrap_err().message
}

#[test]
fn a_bad_rule_is_refused_with_its_place_and_the_way_out() {
    for (rule, said) in [
        (
            r#"{"when":{"stream":true}}"#,
            "it does nothing; say one of `set`",
        ),
        (
            r#"{"drop":"a..b"}"#,
            "the path `a..b`: `..` is not supported",
        ),
        (r#"{"drop":"a["}"#, "is none of `[0]`"),
        (r#"{"drop":"a[x]"}"#, "is none of `[0]`"),
        (r#"{"drop":"a b"}"#, "` b` is not understood"),
        (r#"{"drop":""}"#, "a name is missing"),
        (r#"{"drop":"a."}"#, "a name is missing"),
        (r#"{"drop":"a['b"}"#, "the closing ' is missing"),
        (r#"{"drop":"a[?x]"}"#, "begins with `@`"),
        (
            r#"{"drop":"a[?@.b == 1 && @.c]"}"#,
            "a filter makes one comparison",
        ),
        (r#"{"drop":"a[?@.b[*]]"}"#, "leads to one place"),
        (r#"{"drop":"$"}"#, "only an event can be dropped whole"),
        (r#"{"set":{"$":1}}"#, "begins with the name of a member"),
        (r#"{"set":{"[*].a":1}}"#, "begins with the name of a member"),
        (
            r#"{"drop":"a","when":{"exists":"$[*]"}}"#,
            "begins with the name of a member",
        ),
        (
            r#"{"rename":{"a[0]":"b"}}"#,
            "what is renamed ends with a name",
        ),
        (r#"{"rename":{"a.b":"b"}}"#, "that is its name already"),
        (
            r#"{"move":{"a[0]":"a[1].x"}}"#,
            "what is moved ends with a name",
        ),
        (
            r#"{"move":{"a[*].b":"c"}}"#,
            "the same place at the beginning of both paths",
        ),
        (r#"{"move":{"a":"a"}}"#, "not into itself"),
        (r#"{"move":{"a":"a.b"}}"#, "not into itself"),
        (
            r#"{"clamp":{"a":{"min":2,"max":1}}}"#,
            "`min` is greater than `max`",
        ),
    ] {
        let message = refused(&format!(r#"{{"request":[{{"drop":"x"}},{rule}]}}"#));
        assert!(message.starts_with("rule request-2"), "{rule}: {message}");
        assert!(message.contains(said), "{rule}: {message}");
    }
    let named = refused(r#"{"events":[{"name":"mine","drop":"a["}]}"#);
    assert!(
        named.starts_with("rule events-1 (`mine`): `drop`: "),
        "{named}"
    );
}

#[test]
fn nothing_is_asked_for_without_rules() {
    for config in ["null", "{}", r#"{"request":[],"events":[]}"#] {
        let wants = kit(config).plan().unwrap();
        assert_eq!(
            (wants.request, wants.response),
            (Interest::None, Interest::None)
        );
    }
}

#[test]
fn the_interest_is_as_narrow_as_the_rule() {
    let needles = |needles: &[&str]| Interest::any_of(needles);
    for (rule, interest) in [
        (
            r#"{"drop":["top_k","a.seed"]}"#,
            needles(&["\"top_k\"", "\"seed\""]),
        ),
        (
            r#"{"rename":{"m[*].reasoning":"x"}}"#,
            needles(&["\"reasoning\""]),
        ),
        (r#"{"set":{"temperature":1}}"#, Interest::All),
        (r#"{"drop":"a","set":{"b":1}}"#, Interest::All),
        (
            r#"{"set":{"m[?@.role=='developer'].role":"system"}}"#,
            needles(&["\"developer\""]),
        ),
        (r#"{"set":{"m[*].name":"x"}}"#, needles(&["\"m\""])),
        (
            r#"{"set":{"b":1},"when":{"exists":"tools"}}"#,
            needles(&["\"tools\""]),
        ),
        (
            r#"{"set":{"b":1},"when":{"equals":{"type":"ping"}}}"#,
            needles(&["\"ping\""]),
        ),
        (
            r#"{"set":{"b":1},"when":{"equals":{"n":2}}}"#,
            needles(&["\"n\""]),
        ),
        (
            r#"{"set":{"b":1},"when":{"matches":{"user":["*-test","ab*"]}}}"#,
            needles(&["\"user\""]),
        ),
        (
            r#"{"set":{"b":1},"when":{"matches":{"user":"*-test*"}}}"#,
            needles(&["-test"]),
        ),
        (
            r#"{"set":{"b":1},"when":{"not":{"exists":"b"}}}"#,
            Interest::All,
        ),
        // Other spellings of such a name are usual.
        (r#"{"drop":"['a/b']"}"#, Interest::All),
        (r#"{"drop":"['é']"}"#, Interest::All),
    ] {
        let wants = |section: &str| kit(&format!(r#"{{"{section}":[{rule}]}}"#)).plan().unwrap();
        assert_eq!(wants("request").request, interest, "{rule}");
        assert_eq!(wants("request").response, Interest::None);
        assert_eq!(wants("events").response, interest, "{rule}");
        assert_eq!(wants("response").response, interest, "{rule}");
        assert_eq!(wants("response").request, Interest::None);
    }
}

#[test]
fn a_rule_for_another_deployment_is_not_asked_for() {
    let config = |when: &str| format!(r#"{{"request":[{{"set":{{"a":1}},"when":{{{when}}}}}]}}"#);
    let asked = |when: &str| kit(&config(when)).plan().unwrap().request;
    assert_eq!(asked(r#""deployment":"other*""#), Interest::None);
    assert_eq!(asked(r#""target":["other","third"]"#), Interest::None);
    assert_eq!(asked(r#""target":["other","TARGET-*"]"#), Interest::All);
    let any_model = kit(&config(r#""target":"other""#))
        .exchange(|exchange| exchange.deployment.target_model = "*".to_string());
    assert_eq!(any_model.plan().unwrap().request, Interest::All);
}

#[test]
fn rules_that_changed_something_are_noted_once() {
    let config =
        r#"{"request":[{"set":{"a":1}},{"drop":"zz"}],"events":[{"name":"no-b","drop":"b"}]}"#;
    let kit = kit(config).request("{}");
    kit.stream(&[r#"{"b":1}"#, r#"{"b":2}"#]).unwrap();
    let changed = |rule: &str| ("changed".to_string(), rule.to_string());
    assert_eq!(noted(), [changed("request-1"), changed("no-b")]);
}

#[test]
fn events_keep_their_names_and_may_be_dropped() {
    let kit = kit(r#"{"events":[{"drop":"$","when":{"equals":{"type":"ping"}}}]}"#);
    let out = kit
        .stream(&[r#"{"type":"ping"}"#, r#"{ "type": "x" }"#])
        .unwrap();
    assert_eq!(out, [r#"{ "type": "x" }"#]);
}
