//! GLM-4.5, 4.6 (line breaks between the tags), 4.7, 5 (none), Poolside Laguna:
//!
//! ```text
//! <tool_call>NAME
//! <arg_key>KEY</arg_key>
//! <arg_value>VALUE</arg_value>
//! </tool_call>
//! ```
//!
//! Without arguments only the name stands there. White space in a value belongs to it.

use crate::formats::markup::{Argument, Key, Markup, Tag, markup};
use crate::formats::tagged::Value;
use crate::formats::{Format, MAX_NAME, Match, Opener, is_name, matches, split_name};

pub static FORMAT: Format = Format {
    name: "glm45",
    aliases: &["glm47", "glm", "poolside_v1"],
    openers: &[Opener::new(OPEN, is_name, markup!(MARKUP))],
    unmistakable: false,
};

const OPEN: &str = "<tool_call>";

pub const TAGS: Tags = Tags {
    key: "<arg_key>",
    key_end: "</arg_key>",
    value: "<arg_value>",
};

static MARKUP: Markup = Markup {
    open: &[],
    call: |text| name_after(text, OPEN),
    again: None,
    close: &["</tool_call>"],
    end: &[],
    argument: |text| key_and_value(text, &TAGS),
    argument_open: TAGS.key,
    value: Value {
        close: "</arg_value>",
        follow: &[TAGS.key, "</tool_call>"],
        own_lines: false,
    },
};

/// The tags around a key, and the one before its value.
pub struct Tags {
    pub key: &'static str,
    pub key_end: &'static str,
    pub value: &'static str,
}

/// A name that stands right behind a tag.
pub fn name_after<'t>(text: &'t str, open: &str) -> Tag<'t> {
    let rest = match matches(text, open) {
        Match::Yes => text[open.len()..].trim_start(),
        other => return Err(other),
    };
    match split_name(rest) {
        (name, "") if name.len() <= MAX_NAME => Err(Match::Begun),
        (name, after) if (1..=MAX_NAME).contains(&name.len()) => Ok((name, after)),
        _ => Err(Match::No),
    }
}

/// Key and what follows in `<arg_key>KEY</arg_key> <arg_value>…`.
pub fn key_and_value<'t>(text: &'t str, tags: &Tags) -> Key<'t> {
    let (name, rest) = key(text, tags)?;
    Ok((Argument::named(name), after(rest, tags.value)?))
}

/// What follows the tag.
pub fn after<'t>(text: &'t str, tag: &str) -> Result<&'t str, Match> {
    match matches(text, tag) {
        Match::Yes => Ok(&text[tag.len()..]),
        other => Err(other),
    }
}

/// Key and what follows in `<arg_key>KEY</arg_key> …`.
pub fn key<'t>(text: &'t str, tags: &Tags) -> Tag<'t> {
    let rest = after(text, tags.key)?;
    let Some(end) = rest.find('<') else {
        let may_go_on = rest.len() <= MAX_NAME;
        return Err(if may_go_on { Match::Begun } else { Match::No });
    };
    let (name, rest) = rest.split_at(end);
    let rest = after(rest, tags.key_end)?.trim_start();
    Ok((name.trim(), rest))
}
