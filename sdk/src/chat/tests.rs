use alloc::string::ToString;

use super::{Chunk, tool_choice_in_words};
use crate::Json;

const CHUNK: &str = r#"{"id":"c", "object":"chat.completion.chunk","choices":[{"index":2,"delta":{"role":"assistant","content":"Hi","x":[ 1 ]},"finish_reason":null}],"usage":null}"#;

#[test]
fn reading_and_setting_what_is_there_already_is_no_change() {
    let mut chunk = Chunk::parse(CHUNK).unwrap();
    let choice = chunk.choice(0).unwrap();
    assert_eq!(
        (choice.index(), choice.role(), choice.content()),
        (2, Some("assistant"), Some("Hi"))
    );
    assert_eq!((choice.reasoning(), choice.finish_reason()), (None, None));
    chunk.set_delta(0, "content", "Hi");
    chunk.remove_delta(0, "reasoning");
    chunk.map_content(ToString::to_string);
    assert!(chunk.choice_mut(1).is_none());
    assert!(!chunk.is_changed());
    assert_eq!(chunk.json().to_text(), CHUNK);
}

#[test]
fn a_change_keeps_the_rest() {
    let mut chunk = Chunk::parse(CHUNK).unwrap();
    chunk.map_content(str::to_uppercase);
    chunk.set_finish_reason(0, "stop");
    assert!(chunk.is_changed());
    assert_eq!(
        chunk.json().to_text(),
        r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":2,"delta":{"role":"assistant","content":"HI","x":[ 1 ]},"finish_reason":"stop"}],"usage":null}"#
    );
}

#[test]
fn a_sibling_shares_the_frame_only() {
    let chunk = Chunk::parse(CHUNK).unwrap();
    assert_eq!(
        chunk.sibling(1, Json::object()).json().to_text(),
        r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":1,"delta":{},"finish_reason":null}]}"#
    );
}

#[test]
fn anything_else_is_no_chunk() {
    for text in ["[]", "{}", r#"{"choices":{}}"#, r#"{"error":{}}"#, "1", "x"] {
        assert!(Chunk::parse(text).is_none(), "{text}");
    }
    assert_eq!(Chunk::parse(r#"{"choices":[]}"#).unwrap().len(), 0);
}

#[test]
fn a_chunk_of_blanks_says_nothing() {
    let says_nothing = |choice: &str, usage: &str| {
        let text = alloc::format!(r#"{{"choices":[{choice}],"usage":{usage}}}"#);
        Chunk::parse(&text).unwrap().says_nothing()
    };
    let blank = r#"{"delta":{"content":"","tool_calls":[],"role":null},"finish_reason":null}"#;
    assert!(says_nothing(blank, "null"));
    assert!(says_nothing("", "null"));
    assert!(!says_nothing(blank, "{}"));
    assert!(!says_nothing(r#"{"delta":{"content":" "}}"#, "null"));
    assert!(!says_nothing(
        r#"{"delta":{},"finish_reason":"stop"}"#,
        "null"
    ));
}

#[test]
fn a_tool_choice_in_words() {
    let words = |choice: &str| tool_choice_in_words(&Json::parse(choice).unwrap());
    let named = r#"{"type":"function","function":{"name":"stat"}}"#;
    assert!(words(named).unwrap().ends_with("the tool `stat`."));
    assert!(words(r#""required""#).is_some() && words(r#""none""#).is_some());
    assert_eq!(words(r#""auto""#), None);
    assert_eq!(words("null"), None);
}
