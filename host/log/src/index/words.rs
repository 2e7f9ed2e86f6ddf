//! Text for the full-text search, and what a person types to search in it.
//!
//! Scripts without spaces between words (Chinese, Japanese) are cut into single characters,
//! on both sides alike, so that any part of such a text is found.

use std::borrow::Cow;

/// The text as it is put into the index.
pub fn prepare(text: &str) -> Cow<'_, str> {
    if !text.chars().any(stands_alone) {
        return Cow::Borrowed(text);
    }
    let mut spread = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if stands_alone(c) {
            spread.extend([' ', c, ' ']);
        } else {
            spread.push(c);
        }
    }
    Cow::Owned(spread)
}

/// A query in the language of FTS5: all words must be there; `"words in quotes"` one after
/// the other; `begin*` is the beginning of a word. Whatever else is typed are words, so this is never
/// an error. None if there is no word in it.
pub fn query(typed: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for (place, piece) in typed.split('"').enumerate() {
        // Every second piece is in quotes.
        if place % 2 == 1 {
            parts.extend(term(piece, false));
            continue;
        }
        for word in piece.split_whitespace() {
            parts.extend(match word.strip_suffix('*') {
                Some(beginning) => term(beginning, true),
                None => term(word, false),
            });
        }
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// None for what the tokenizer would find no word in: it would match nothing at all.
fn term(words: &str, is_beginning: bool) -> Option<String> {
    if !words.chars().any(char::is_alphanumeric) {
        return None;
    }
    let words = prepare(words).replace('\0', " ");
    let star = if is_beginning { "*" } else { "" };
    Some(format!("\"{words}\"{star}"))
}

fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}'         // kana
        | '\u{3400}'..='\u{4dbf}'       // Han
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn index(texts: &[&str]) -> Connection {
        let index = Connection::open_in_memory().unwrap();
        index
            .execute_batch(
                "CREATE VIRTUAL TABLE words USING fts5 (text, content='', contentless_delete=1,
                 tokenize='unicode61 remove_diacritics 2')",
            )
            .unwrap();
        for text in texts {
            index
                .execute("INSERT INTO words (text) VALUES (?)", [prepare(text)])
                .unwrap();
        }
        index
    }

    fn found(index: &Connection, typed: &str) -> Vec<i64> {
        let Some(query) = query(typed) else {
            return Vec::new();
        };
        index
            .prepare("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid")
            .unwrap()
            .query_map([query], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn words_phrases_beginnings_and_scripts_without_spaces() {
        let index = index(&[
            "What is the weather in K\u{f6}ln?",
            "The weather: is it what you want in Oslo?",
            "今天的天气怎么样",
            "fn main() { println!(\"x\"); }",
        ]);
        for (typed, places) in [
            ("weather", &[1, 2][..]),
            ("WEATHER oslo", &[2]),
            ("\"the weather in\"", &[1]),
            ("koln", &[1]),
            ("wea*", &[1, 2]),
            ("wea", &[]),
            ("天气", &[3]),
            ("气天", &[]),
            ("main()", &[4]),
            ("println!", &[4]),
            ("\"weather", &[1, 2]),
        ] {
            assert_eq!(found(&index, typed), places, "{typed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_typed_is_an_error(
            typed in "([\"*'(){}:^+,.;\\-\\\\\0 ]|AND|OR|NOT|NEAR|text|a|\u{5929}|\\PC){0,12}"
        ) {
            let index = index(&["a text"]);
            found(&index, &typed);
        }
    }
}
