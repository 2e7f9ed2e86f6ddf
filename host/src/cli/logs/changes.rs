//! Structural differences as lines.

use serde_json::Value;
use yallmp_log::trace::{Difference, JsonChange};

use super::paint::{NEW, ODD, OLD, paint};
use crate::plain::plain;

/// Characters of a value that are shown.
const LONGEST: usize = 300;
/// Characters of a text before and behind what is different in it.
const AROUND: usize = 24;

/// `+ path: value`, `- path: value` or `~ path: old → new`, with styles.
pub fn line(difference: &Difference) -> String {
    let path = match plain(&difference.path) {
        path if path.is_empty() => String::new(),
        path => format!("{path}: "),
    };
    match &difference.change {
        JsonChange::Added(value) => paint(NEW, &format!("+ {path}{}", shown(value))),
        JsonChange::Removed(value) => paint(OLD, &format!("- {path}{}", shown(value))),
        JsonChange::Changed(old, new) => {
            let (old, new) = match (old, new) {
                (Value::String(old), Value::String(new)) => {
                    let (old, new) = middles(old.as_str(), new.as_str());
                    (shown(&old.into()), shown(&new.into()))
                }
                _ => (shown(old), shown(new)),
            };
            let (old, new) = (paint(OLD, &old), paint(NEW, &new));
            format!("{} {path}{old} → {new}", paint(ODD, "~"))
        }
    }
}

/// JSON, shortened.
fn shown(value: &Value) -> String {
    let text = plain(&value.to_string());
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((at, _)) => {
            let more = text[at..].chars().count();
            format!("{}… ({more} more characters)", &text[..at])
        }
    }
}

/// Long texts without what is the same at their beginning and their end.
fn middles(old: &str, new: &str) -> (String, String) {
    let same = |(a, b): &(char, char)| a == b;
    let begin = old.chars().zip(new.chars()).take_while(same).count();
    let ends = old.chars().rev().zip(new.chars().rev());
    let shorter = old.chars().count().min(new.chars().count());
    let end = ends.take_while(same).count().min(shorter - begin);
    let middle = |text: &str| {
        let length = text.chars().count();
        let from = if begin > 2 * AROUND {
            begin - AROUND
        } else {
            0
        };
        let to = if end > 2 * AROUND {
            length - end + AROUND
        } else {
            length
        };
        let mut middle: String = text.chars().skip(from).take(to - from).collect();
        if from > 0 {
            middle.insert(0, '…');
        }
        if to < length {
            middle.push('…');
        }
        middle
    };
    (middle(old), middle(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_long_texts_only_what_is_different_is_shown() {
        let long = "word ".repeat(40);
        let (old, new) = middles(&format!("{long}old {long}"), &format!("{long}new {long}"));
        assert!(old.contains("old") && old.len() < 60, "{old}");
        assert_eq!(old.replace("old", "new"), new);
        assert_eq!(middles("ab", "aab"), ("ab".into(), "aab".into()));
    }

    proptest::proptest! {
        #[test]
        fn the_middles_of_different_texts_are_different(old in "[ab]{0,200}", new in "[ab]{0,200}") {
            let (a, b) = middles(&old, &new);
            proptest::prop_assert_eq!(a == b, old == new);
        }
    }
}
