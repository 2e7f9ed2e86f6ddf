use proptest::prelude::*;
use yallmp_sdk::testkit::Kit;
use yallmp_sdk::{Interest, Json, RequestOutcome};

use crate::ModelRewrite;

fn kit() -> Kit<ModelRewrite> {
    Kit::new().request(r#"{"model": "client-model", "messages": [], "top_p": 1.0}"#)
}

fn restoring() -> Kit<ModelRewrite> {
    kit().config(r#"{"restore": true}"#)
}

#[test]
fn the_backend_gets_its_own_name_in_the_same_place() {
    assert_eq!(
        kit().request_out().unwrap(),
        r#"{"model":"target-model","messages":[],"top_p":1.0}"#
    );
}

#[test]
fn equal_names_are_not_asked_about() {
    let kit = kit().exchange(|exchange| exchange.target_model = "client-model".into());
    assert_eq!(kit.on_request().unwrap(), RequestOutcome::Unchanged);
    assert_eq!(kit.plan().unwrap().response, Interest::None);
}

#[test]
fn a_name_is_written_as_json() {
    let kit = kit().exchange(|exchange| exchange.target_model = "a\"b".into());
    assert!(kit.request_out().unwrap().contains(r#""model":"a\"b""#));
}

const STREAM: [&str; 2] = [
    r#"{"id":"c","model":"real-2026","choices":[{"index":0,"delta":{"content":"model"},"finish_reason":null}]}"#,
    r#"{"id":"c","model":"real-2026","choices":[],"usage":{"total_tokens": 3}}"#,
];

#[test]
fn by_default_the_answer_says_who_answered() {
    assert_eq!(kit().stream(&STREAM).unwrap(), STREAM);
}

#[test]
fn restore_gives_the_client_s_name_back_and_keeps_the_rest() {
    let expect = STREAM.map(|event| event.replace("real-2026", "client-model"));
    assert_eq!(restoring().stream(&STREAM).unwrap(), expect);
}

#[test]
fn restore_works_on_whole_answers_of_every_kind() {
    for answer in [
        r#"{"id":"c","object":"chat.completion","model":"real","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"logprobs":null,"finish_reason":"stop"}],"usage":{"total_tokens":3}}"#,
        r#"{"object":"list","data":[{"embedding":[0.10,1e-2]}],"model":"real"}"#,
        r#"{"type":"response.created","response":{"id":"r","model":"real"}}"#,
    ] {
        let expect = answer.replace("\"real\"", "\"client-model\"");
        assert_eq!(restoring().whole(answer).unwrap(), expect);
    }
}

#[test]
fn an_answer_without_a_model_is_left_alone() {
    for answer in [
        r#"{ "data": [ 1 ] }"#,
        r#"{ "model": null }"#,
        r#"{ "model": "client-model" }"#,
    ] {
        assert_eq!(restoring().whole(answer).unwrap(), answer);
    }
}

proptest! {
    /// Whatever the names are and whatever stands around them: the other members stay byte for
    /// byte, there and back, and a second time changes nothing.
    #[test]
    fn any_name_goes_there_and_comes_back(
        client in "\\PC{1,12}",
        target in "\\PC{1,12}",
        text in "[a-z \n\"\\\\é/]{0,20}",
    ) {
        let json = |text: &str| Json::from(text).to_text();
        let body = |model: &str| std::format!(
            r#"{{"a":[ 1.50, {} ],"model":{},"z":{{ "model" : "x" }}}}"#, json(&text), json(model)
        );
        let kit = |request: &str| {
            let kit = Kit::<ModelRewrite>::new().config(r#"{"restore": true}"#).request(request);
            kit.exchange(|exchange| {
                exchange.client_model = client.clone();
                exchange.target_model = target.clone();
            })
        };
        let sent = kit(&body(&client)).request_out().unwrap();
        prop_assert_eq!(&sent, &body(&target));
        prop_assert_eq!(kit(&sent).request_out().unwrap(), sent);
        let answer = body("real");
        let back = kit("{}").whole(&answer).unwrap();
        prop_assert_eq!(&back, &body(&client));
        prop_assert_eq!(kit("{}").stream(&[&answer]).unwrap(), std::vec![back]);
    }
}
