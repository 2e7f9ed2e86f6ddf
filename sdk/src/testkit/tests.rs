use std::string::{String, ToString};
use std::vec::Vec;

use super::{Case, Fixture, Kit, collect, cuts, logged, noted, single_chars, stored};
use crate::host::Level;
use crate::{
    EndReason, Error, Event, Exchange, Info, Interest, Json, Out, Patch, RequestOutcome, Result,
    Wants, host, request, store,
};

/// Holds events until one has `]`; then says how many it held.
#[derive(Default)]
struct Bracket {
    held: u32,
}

impl Patch for Bracket {
    const INFO: Info = Info {
        name: "bracket",
        version: "0.1.0",
        summary: "",
        config_schema: "true",
    };

    fn plan(_: &Json<'_>, _: &crate::Deployment) -> Result<Wants, Error> {
        Ok(Wants::nothing().response(Interest::any_of(&["["])))
    }

    fn begin(_: &Json<'_>, exchange: Exchange) -> Result<Self, Error> {
        host::log(Level::Info, &exchange.client_model);
        host::note("model", &exchange.target_model);
        let body = request::body().into_bytes();
        store::put(&exchange.id, &body, 60).map_err(|_| Error::new("store", "full"))?;
        Ok(Bracket::default())
    }

    fn on_event(&mut self, event: &Event) -> Result<Out, Error> {
        self.held += 1;
        Ok(match event.data.as_str() {
            "\"]\"" => Out::nothing().event(Json::from(self.held)).this(),
            "\"half\"" => Out::nothing()
                .held()
                .keep(1)
                .stand_in(Json::from("stand-in")),
            "\"bad\"" => Out::nothing().held_at(9),
            "\"not json\"" => Out::replace("not json".to_string()),
            _ => Out::hold(),
        })
    }

    fn on_end(&mut self, reason: EndReason) -> Result<Out, Error> {
        Ok(match reason {
            EndReason::Cancelled => Out::nothing(),
            _ => Out::pass(),
        })
    }
}

fn kit() -> Kit<Bracket> {
    Kit::new().request("{}")
}

#[test]
fn a_plugin_is_called_by_interest_and_while_it_holds() {
    let out = kit()
        .stream(&["\"a\"", "\"[\"", "\"b\"", "\"]\"", "\"c\""])
        .unwrap();
    assert_eq!(out, ["\"a\"", "3", "\"]\"", "\"c\""]);
}

#[test]
fn what_is_held_at_the_end_is_up_to_the_plugin() {
    assert_eq!(
        kit().stream(&["\"[\"", "\"b\""]).unwrap(),
        ["\"[\"", "\"b\""]
    );
    let left = kit()
        .stream_until(&["\"[\""], EndReason::Cancelled)
        .unwrap();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_stand_in_is_what_is_held() {
    assert_eq!(
        kit().stream(&["\"[\"", "\"half\""]).unwrap(),
        ["\"[\"", "\"stand-in\""]
    );
}

#[test]
fn an_outcome_against_the_rules_is_an_error() {
    let error = kit().stream(&["\"[\"", "\"bad\""]).unwrap_err();
    assert_eq!(error, Error::new("bad-outcome", "names held event 9 of 2"));
}

#[test]
fn a_new_event_must_be_json() {
    let error = kit().stream(&["\"[\"", "\"not json\""]).unwrap_err();
    assert_eq!(error.code, "bad-json");
}

#[test]
fn without_a_wanted_call_there_is_no_instance() {
    kit().stream(&["\"a\""]).unwrap();
    assert_eq!(logged(), []);
}

#[test]
fn the_request_comes_to_the_same_instance_first() {
    /// Answers every event with what it read in the request.
    struct Echo(String);

    impl Patch for Echo {
        const INFO: Info = Bracket::INFO;

        fn begin(_: &Json<'_>, exchange: Exchange) -> Result<Self, Error> {
            Ok(Echo(exchange.streaming.to_string()))
        }

        fn on_request(&mut self) -> Result<RequestOutcome, Error> {
            self.0 += &request::member("n").unwrap_or_default();
            Ok(RequestOutcome::Unchanged)
        }

        fn on_event(&mut self, _: &Event) -> Result<Out, Error> {
            Ok(Out::replace(Json::from(self.0.as_str())))
        }
    }

    let kit = Kit::<Echo>::new().request(r#"{"n":7}"#);
    assert_eq!(kit.stream(&["{}"]).unwrap(), ["\"true7\""]);
    assert_eq!(kit.whole("{}").unwrap(), "\"false7\"");
}

#[test]
fn the_host_s_services_have_stand_ins() {
    kit().request("{\"n\":1}").stream(&["\"[\""]).unwrap();
    assert_eq!(logged(), [(Level::Info, "client-model".to_string())]);
    assert_eq!(noted(), [("model".to_string(), "target-model".to_string())]);
    assert_eq!(stored()["exchange-1"], b"{\"n\":1}");
}

#[test]
fn cuts_change_the_pieces_and_not_what_they_say() {
    let events = [
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"reasoning_content":"hm"},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"aé\n"},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    ];
    let whole = collect(&events);
    assert_eq!(
        whole,
        r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"aé\n","reasoning_content":"hm"},"finish_reason":"stop"}]}"#
    );
    assert_eq!(single_chars(&events).len(), 1 + 2 + 3 + 1);
    assert_eq!(collect(&single_chars(&events)), whole);
    assert_eq!(cuts(&events).count(), 1 + 2);
    assert!(cuts(&events).all(|cut| collect(&cut) == whole));
}

/// Says a mark of its settings instead of `!`, and the backend's name of the model.
struct Calm(String);

impl Patch for Calm {
    const INFO: Info = Info {
        name: "calm",
        ..Bracket::INFO
    };

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self, Error> {
        assert_eq!(exchange.deployment.supports_reasoning, Some(true));
        assert_eq!(request::header("x-team").as_deref(), Some("blue"));
        let mark = config.get("instead").and_then(Json::as_str);
        Ok(Calm(mark.unwrap_or("?").to_string()))
    }

    fn on_request(&mut self) -> Result<RequestOutcome, Error> {
        Ok(crate::Edit::new()
            .set("model", &Json::from("kimi-k2"))
            .into_outcome())
    }

    fn on_event(&mut self, event: &Event) -> Result<Out, Error> {
        Ok(match event.chunk() {
            Some(mut chunk) => {
                chunk.map_content(|text| text.replace('!', &self.0));
                chunk.into()
            }
            None => Out::pass(),
        })
    }
}

#[test]
fn a_fixture_is_a_test() {
    Fixture::read("tests/fixtures/calm").check::<Calm>();
}

#[test]
#[should_panic(
    expected = "event 1\nexpected {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Stop.\""
)]
fn a_fixture_says_where_another_answer_begins_to_differ() {
    struct Other(Calm);

    impl Patch for Other {
        const INFO: Info = Info {
            name: "other",
            ..Bracket::INFO
        };

        fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self, Error> {
            Calm::begin(config, exchange).map(Other)
        }

        fn on_event(&mut self, event: &Event) -> Result<Out, Error> {
            self.0.on_event(event)
        }
    }

    Fixture::read("tests/fixtures/calm").check::<Other>();
}

#[test]
fn a_case_is_a_text_of_sections() {
    let text = "--- one\r\na\r\n--- b\n\n--- two words\n{}\n";
    let case = Case::parse("x.txt", text);
    assert_eq!(case.text("one"), "a");
    assert_eq!(case.get("b"), Some(""));
    assert_eq!(case.lines("two words"), ["{}"]);
    assert_eq!(case.get("three"), None);
}
