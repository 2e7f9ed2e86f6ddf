use alloc::string::String;

use yallmp_sdk::{Interest, Json};

use super::{guess, start, structure, text};
use crate::formats::{FORMATS, Openers, Place, named};

fn has(interest: &Interest, text: &str) -> bool {
    let Interest::AnyOf(needles) = interest else {
        panic!("{interest:?}");
    };
    assert!(needles.len() <= 64);
    assert!(
        needles
            .iter()
            .all(|needle| (1..=128).contains(&needle.len()))
    );
    needles.iter().any(|needle| text.contains(needle.as_str()))
}

fn content(text: &str) -> String {
    let content = Json::from(text).to_text();
    alloc::format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{{"index":0,"delta":{{"content":{content}}},"logprobs":null,"finish_reason":null}}],"usage":null}}"#
    )
}

#[test]
fn plain_text_is_asked_for_only_at_the_start() {
    let openers = Openers::of(FORMATS);
    let plain = content("Hello [there], it is {0}: functional!");
    assert!(has(&start(&openers), &plain));
    assert!(!has(&text(&openers), &plain));
    assert!(!has(&structure(), &plain));
}

#[test]
fn no_more_than_the_formats_need() {
    let hermes = Openers::of(&named(["hermes"]).expect("known"));
    assert!(!has(&start(&hermes), &content("Hello")));
    assert!(!has(&text(&hermes), &content("functions")));
    assert!(has(&text(&hermes), "\\u003c"));
}

/// Servers cut anywhere, also inside of a word.
#[test]
fn a_word_is_asked_for_from_its_first_letter_on() {
    let openers = Openers::of(&named(["kimi_k2", "phi4_mini_json"]).expect("known"));
    for word in ["functions", "functools"] {
        for length in 1..=word.len() {
            let begun = &word[..length];
            assert!(has(&text(&openers), &content(begun)), "{begun}");
            assert!(has(
                &text(&openers),
                &content(&alloc::format!("I look.{begun}"))
            ));
        }
    }
    assert!(!has(&text(&openers), &content("fun, and more")));
}

/// Where no format is known, plain text must not wake the plugin: it often ends in a first letter.
#[test]
fn without_a_known_format_a_first_letter_counts_alone() {
    let openers = Openers::of(FORMATS);
    assert!(has(&guess(&openers), &content("f")));
    assert!(has(&guess(&openers), &content("I look.fu")));
    assert!(!has(&guess(&openers), &content(" of")));
    assert!(!has(&guess(&openers), &content("Half of it is plain text")));
}

/// Whatever a format begins with wakes the plugin, in one piece or from its first letters on.
#[test]
fn every_opener_is_asked_for() {
    let openers = Openers::of(FORMATS);
    for opener in openers
        .iter()
        .filter(|opener| opener.place == Place::Anywhere)
    {
        assert!(
            has(&text(&openers), &content(opener.text)),
            "{}",
            opener.text
        );
    }
}
