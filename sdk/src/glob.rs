use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A pattern, as everywhere in the proxy's configuration: `*` stands for any characters, also
/// for none and for line breaks; everything else stands for itself. For settings of plugins.
///
/// ```
/// # use yallmp_sdk::Glob;
/// assert!(Glob::new("x-*-id: *").fits("x-trace-id: 7"));
/// assert!(Glob::any_case("Qwen3*").fits("qwen3-30b"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Glob {
    /// What stands between the stars; may be empty.
    parts: Vec<String>,
    any_case: bool,
}

impl Glob {
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Glob {
            parts: pattern.split('*').map(ToString::to_string).collect(),
            any_case: false,
        }
    }

    /// For names of models and the like: the case of ASCII letters does not count.
    #[must_use]
    pub fn any_case(pattern: &str) -> Self {
        Glob {
            any_case: true,
            ..Glob::new(&pattern.to_ascii_lowercase())
        }
    }

    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        if self.any_case {
            self.fits_as_it_is(&text.to_ascii_lowercase())
        } else {
            self.fits_as_it_is(text)
        }
    }

    /// The first place of each part is the right one, so nothing is tried twice.
    fn fits_as_it_is(&self, text: &str) -> bool {
        let Some((last, parts)) = self.parts.split_last() else {
            return false;
        };
        let Some((first, middle)) = parts.split_first() else {
            return text == last;
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last.as_str())
    }

    /// The longest text that every fitting text holds; "" if there is none.
    #[must_use]
    pub fn literal(&self) -> &str {
        let longest = self.parts.iter().max_by_key(|part| part.len());
        longest.map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_stand_for_anything_and_all_else_for_itself() {
        for (pattern, text, fits) in [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*", "a\nb", true),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab*ba", "aba", false),
            ("a.c?", "abc", false),
        ] {
            assert_eq!(Glob::new(pattern).fits(text), fits, "{pattern} {text}");
        }
        assert!(!Glob::new("A").fits("a"));
        assert!(Glob::any_case("A*").fits("aB"));
    }

    proptest! {
        #[test]
        fn a_pattern_fits_what_it_was_made_of(parts in vec("[a-c\n]{0,3}", 1..5), filler in "[a-c\n]{0,4}") {
            let glob = Glob::new(&parts.join("*"));
            let text = parts.join(&filler);
            prop_assert!(glob.fits(&text));
            prop_assert!(text.contains(glob.literal()));
        }
    }
}
