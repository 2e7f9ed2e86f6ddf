//! Text for a terminal: styles, and lines that are no wider than it. Styles are always put;
//! `anstream` takes them out where nobody sees them, or `NO_COLOR` is set.

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub const TITLE: Style = Style::new().bold();
pub const FAINT: Style = Style::new().dimmed();
pub const OLD: Style = AnsiColor::Red.on_default();
pub const NEW: Style = AnsiColor::Green.on_default();
pub const ODD: Style = AnsiColor::Yellow.on_default();

/// Columns where nothing says how many there are.
const COLUMNS: usize = 100;

/// Columns of the terminal, else as `$COLUMNS` says.
pub fn columns() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(told).unwrap_or(COLUMNS).clamp(40, 400)
}

pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// With `…` for what does not fit.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = head(text, width.saturating_sub(1)).to_owned();
    short.push('…');
    short
}

/// With spaces behind it.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Lines of at most this width, broken at spaces where there are some. At least one.
pub fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.width() > width {
        let mut line = head(rest, width);
        if line.is_empty() {
            // One character that is wider than a line.
            let next = rest.chars().next().map_or(0, char::len_utf8);
            line = &rest[..next];
        }
        if let Some(space) = line.rfind(' ').filter(|at| *at * 2 > line.len()) {
            line = &line[..=space];
        }
        lines.push(line.trim_end());
        rest = &rest[line.len()..];
    }
    lines.push(rest);
    lines
}

/// As much of the beginning as is not wider.
fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_broken_at_spaces() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(cut("abcdef", 4), "abc…");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_but_spaces_is_lost(text in "[a-z 日é]{0,60}", width in 2usize..20) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(line.trim_end().width() <= width, "{line:?}");
            }
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            prop_assert!(cut(&text, width).width() <= width);
        }
    }
}
