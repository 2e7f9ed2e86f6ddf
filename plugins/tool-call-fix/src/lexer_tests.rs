use proptest::prelude::*;
use yallmp_sdk::Json;

use super::{Lexer, Member, Status};

/// What the whole text is, read in pieces of `step` characters. Numbers are over when something
/// else comes, so a blank follows.
fn read(text: &str, step: usize) -> (Status, usize) {
    let text = format!("{text} ");
    let chars: Vec<char> = text.chars().collect();
    let mut lexer = Lexer::default();
    let mut taken = 0;
    for piece in chars.chunks(step) {
        let piece: String = piece.iter().collect();
        let read = lexer.read(&piece);
        taken += read;
        if read < piece.len() {
            break;
        }
    }
    (lexer.status(), taken)
}

fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"a\"",
        "\\",
        "\\u00e9",
        "\\n",
        "1",
        "-0",
        ".5",
        "e+3",
        "01",
        "true",
        "nul",
        "null",
        " ",
        "\n",
        "é",
        "{\"a\": 1}",
        "[1, 2]",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..10).prop_map(|p| p.concat())
}

proptest! {
    /// The strict parser and the lexer agree on what is one value.
    #[test]
    fn agrees_with_the_parser(text in nearly_json()) {
        let (status, taken) = read(&text, 1000);
        let over = status == Status::Complete && text[taken..].trim().is_empty();
        prop_assert_eq!(over, Json::parse(&text).is_ok(), "{:?}", status);
    }

    #[test]
    fn reads_the_same_in_pieces(text in nearly_json(), step in 1..5usize) {
        prop_assert_eq!(read(&text, step), read(&text, 1000));
    }
}

#[test]
fn hears_the_members_of_the_outermost_object() {
    let text = r#"{"a": {"x": [1]}, "b" : [2], "c":"d", "e": -1.5 , "f":null} rest"#;
    for step in 1..text.len() {
        let mut heard = Vec::new();
        let mut lexer = Lexer::default();
        let mut base = 0;
        for piece in text.as_bytes().chunks(step) {
            let piece = std::str::from_utf8(piece).unwrap();
            base += lexer.read_members(piece, |member, at| match member {
                Member::Begins { name, .. } => heard.push((name.to_string(), base + at)),
                Member::Ends => {
                    let (name, from) = heard.pop().unwrap();
                    heard.push((format!("{name}={}", &text[from..base + at]), 0));
                }
            });
        }
        let heard: Vec<String> = heard.into_iter().map(|(heard, _)| heard).collect();
        assert_eq!(
            heard,
            [r#"a={"x": [1]}"#, "b=[2]", r#"c="d""#, "e=-1.5", "f=null"]
        );
        assert_eq!(&text[base..], " rest");
    }
}
