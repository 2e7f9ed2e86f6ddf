//! Text of clients and backends in a terminal, where control characters could move the
//! cursor or worse.

/// Control characters, and those that turn the direction of writing.
pub fn is_odd(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line, with `?` for what is odd.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if is_odd(c) => '?',
            c => c,
        })
        .collect()
}

/// The same for text of several lines.
pub fn plain_lines(text: &str) -> String {
    let odd = |c: char| c != '\n' && c != '\t' && is_odd(c);
    text.replace(odd, "?")
}

/// The same JSON, with escapes for what is odd.
pub fn plain_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            // Between the values; in texts it has its escape already.
            '\n' => out.push(c),
            c if is_odd(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_moves_the_cursor() {
        assert_eq!(plain("a\x1b[2J\r\nb\u{202e}c"), "a?[2J? b?c");
        assert_eq!(plain_lines("a\nb\x07\tc\u{9b}"), "a\nb?\tc?");
    }

    #[test]
    fn json_says_the_same() {
        let value = serde_json::json!({"a\u{9b}": ["\u{7f}\u{202e}\x1b\n\"\\", 1]});
        let text = plain_json(&format!("{value:#}"));
        assert!(!text.contains(|c| c != '\n' && is_odd(c)), "{text:?}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
