use std::fs;
use std::string::{String, ToString};
use std::vec::Vec;

use proptest::prelude::*;

use super::{apart, together};
use crate::testkit::{Kit, chunks, collect};
use crate::{Chunk, EndReason, Error, Event, Exchange, Info, Json, Out, Patch, Result};

const INFO: Info = Info {
    name: "test",
    version: "0.1.0",
    summary: "",
    config_schema: "true",
};

/// A plugin that is one function, and its last words.
struct Plugin<const N: usize>;

type Hook = fn(&Event) -> Out;

const HOOKS: [Hook; 6] = [
    |_| Out::pass(),
    shout,
    |_| Out::hold(),
    |event| match event.data.contains("\"content\":\"") {
        true => Out::nothing(),
        false => Out::pass(),
    },
    call_instead,
    |_| Out::retry("again"),
];
const PASS: usize = 0;
const SHOUT: usize = 1;
const HOLD: usize = 2;
const MUTE: usize = 3;
const CALL: usize = 4;
const RETRY: usize = 5;

impl<const N: usize> Patch for Plugin<N> {
    const INFO: Info = INFO;

    fn begin(_: &Json<'_>, _: Exchange) -> Result<Self, Error> {
        Ok(Plugin)
    }

    fn on_event(&mut self, event: &Event) -> Result<Out, Error> {
        Ok(HOOKS[N](event))
    }

    fn on_end(&mut self, reason: EndReason) -> Result<Out, Error> {
        assert_eq!(reason, EndReason::Done);
        Ok(Out::pass())
    }
}

fn shout(event: &Event) -> Out {
    let Some(mut chunk) = event.chunk() else {
        return Out::pass();
    };
    chunk.map_content(str::to_uppercase);
    chunk.into()
}

/// Makes a call of the content, in two fragments.
fn call_instead(event: &Event) -> Out {
    let Some(mut chunk) = event.chunk() else {
        return Out::pass();
    };
    let Some(choice) = chunk.choice(0) else {
        return Out::pass();
    };
    if choice.finish_reason().is_some() {
        chunk.set_finish_reason(0, "tool_calls");
        return chunk.into();
    }
    let Some(text) = choice.content().filter(|text| !text.is_empty()) else {
        return Out::pass();
    };
    let calls = [
        r#"{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"say","arguments":""}}]}"#.to_string(),
        [r#"{"tool_calls":[{"index":0,"function":{"arguments":"#, &Json::from(text).to_text(), "}}]}"].concat(),
    ];
    let mut out = Out::nothing();
    for call in &calls {
        out = out.event(chunk.sibling(choice.index(), Json::parse(call).unwrap().into_owned()));
    }
    out
}

fn answers() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/answers");
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    };
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| read(entry.unwrap()))
        .collect()
}

#[test]
fn an_untouched_answer_stays_byte_for_byte() {
    for (name, answer) in answers() {
        assert!(chunks(&answer).is_some(), "{name} is taken apart");
        assert_eq!(
            Kit::<Plugin<PASS>>::new().whole(&answer).unwrap(),
            answer,
            "{name}"
        );
        assert_eq!(
            Kit::<Plugin<HOLD>>::new().whole(&answer).unwrap(),
            answer,
            "{name}"
        );
    }
}

#[test]
fn taken_apart_and_put_together_is_the_same() {
    for (name, answer) in answers() {
        let answer = Json::parse(&answer).unwrap();
        let chunks = apart(&answer).unwrap();
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        assert_eq!(together(&answer, &chunks).unwrap(), answer, "{name}");
    }
}

#[test]
fn a_stream_and_a_whole_answer_say_the_same() {
    for (name, answer) in answers() {
        let whole = Kit::<Plugin<SHOUT>>::new().whole(&answer).unwrap();
        let stream = Kit::<Plugin<SHOUT>>::new()
            .stream(&chunks(&answer).unwrap())
            .unwrap();
        let stream = collect(&stream);
        let (whole, stream) = (Json::parse(&whole).unwrap(), Json::parse(&stream).unwrap());
        for place in [
            "/choices/0/message/content",
            "/choices/1/message/content",
            "/choices/0/message/tool_calls",
        ] {
            assert_eq!(
                whole.pointer(place),
                stream.pointer(place),
                "{name} {place}"
            );
        }
    }
}

#[test]
fn a_changed_answer_keeps_everything_else() {
    let answer = r#"{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"a","x":{"k": 1.0}},"logprobs":null,"finish_reason":"stop","y":[1, 2]}],"usage":{"n": 1}}"#;
    assert_eq!(
        Kit::<Plugin<SHOUT>>::new().whole(answer).unwrap(),
        answer.replace("\"a\"", "\"A\"")
    );
}

#[test]
fn content_that_is_dropped_is_null() {
    let answer =
        r#"{"choices":[{"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}"#;
    assert_eq!(
        Kit::<Plugin<MUTE>>::new().whole(answer).unwrap(),
        answer.replace("\"a\"", "null")
    );
}

#[test]
fn content_can_become_a_call() {
    let answer = r#"{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}],"usage":{"n":1}}"#;
    let expect = r#"{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"say","arguments":"a"}}]},"finish_reason":"tool_calls"}],"usage":{"n":1}}"#;
    assert_eq!(Kit::<Plugin<CALL>>::new().whole(answer).unwrap(), expect);
}

#[test]
fn a_retry_is_handed_on() {
    let error = Kit::<Plugin<RETRY>>::new().whole(r#"{"choices":[{"message":{}}]}"#);
    assert_eq!(error.unwrap_err(), Error::new("retry", "again"));
}

#[test]
fn other_bodies_come_whole() {
    for body in [
        r#"{"object":"text_completion","choices":[{"text":"a"}]}"#,
        r#"{"object":"list","data":[]}"#,
        r#"{"choices":"odd"}"#,
        r#"{"choices":[{"message":"odd"}]}"#,
        "[]",
    ] {
        assert!(chunks(body).is_none(), "{body}");
        assert_eq!(Kit::<Plugin<SHOUT>>::new().whole(body).unwrap(), body);
    }
}

#[test]
fn an_event_that_is_no_chunk_becomes_the_answer() {
    let answer = Json::parse(r#"{"choices":[]}"#).unwrap();
    let error = r#"{"error":{"message":"no"}}"#;
    assert_eq!(together(&answer, &[error]).unwrap().to_text(), error);
}

#[test]
fn text_and_parts_add_up() {
    let delta = |content: &str| {
        [
            r#"{"choices":[{"index":0,"delta":{"content":"#,
            content,
            "}}]}",
        ]
        .concat()
    };
    let mixed = [
        delta("\"a\""),
        delta(r#"[{"type":"x"}]"#),
        delta("null"),
        delta("\"b\""),
    ];
    let whole = collect(&mixed);
    assert_eq!(
        Json::parse(&whole)
            .unwrap()
            .pointer("/choices/0/message/content")
            .unwrap()
            .to_text(),
        r#"[{"type":"text","text":"a"},{"type":"x"},{"type":"text","text":"b"}]"#
    );
}

fn text() -> impl Strategy<Value = Json<'static>> {
    prop_oneof![Just(Json::Null), "[a-z\"é\\n]{0,8}".prop_map(Json::from)]
}

fn message() -> impl Strategy<Value = Json<'static>> {
    let call = ("[a-z]{1,3}", "[a-z{}\"]{0,6}").prop_map(|(name, arguments)| {
        let function: crate::json::Object<'static> =
            [("name", Json::from(name)), ("arguments", arguments.into())]
                .into_iter()
                .collect();
        Json::Object(
            [("id", Json::from("x")), ("function", function.into())]
                .into_iter()
                .collect(),
        )
    });
    let calls = prop::collection::vec(call, 0..3).prop_map(Json::from);
    let member = prop_oneof![
        text().prop_map(|v| ("role", v)),
        text().prop_map(|v| ("content", v)),
        text().prop_map(|v| ("reasoning_content", v)),
        text().prop_map(|v| ("refusal", v)),
        calls.prop_map(|v| ("tool_calls", v)),
        text().prop_map(|v| ("x_text", v)),
        any::<u32>().prop_map(|v| ("x_number", v.into())),
    ];
    prop::collection::vec(member, 0..7).prop_map(|members| {
        let mut message = Json::object();
        for (name, value) in members {
            message.set(name, value);
        }
        message
    })
}

proptest! {
    #[test]
    fn any_answer_survives(
        messages in prop::collection::vec(message(), 0..3),
        finish in text(),
        usage in prop::option::of(text()),
    ) {
        let mut answer = Json::object();
        answer.set("x_before", 1u32);
        let choices = messages.into_iter().enumerate().map(|(index, message)| {
            let members = [("message", message), ("index", index.into()), ("finish_reason", finish.clone())];
            Json::Object(members.into_iter().collect())
        });
        answer.set("choices", choices.collect::<Vec<_>>());
        if let Some(usage) = usage {
            answer.set("usage", usage);
        }
        let chunks = apart(&answer).unwrap();
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        for chunk in &chunks {
            prop_assert!(Chunk::parse(chunk).is_some());
        }
        prop_assert_eq!(together(&answer, &chunks).unwrap(), answer);
    }
}
