//! xLAM:
//!
//! ```text
//! [{"name": NAME, "arguments": {…}}, …]
//! ```
//!
//! Bare, in a code fence, or between tags that other formats have (those are read there).

use crate::formats::json_calls::{Kind, Wrapper, json_calls};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "xlam",
    aliases: &["salesforce_xlam"],
    openers: &[Opener::new("[", |c| c == '{', json_calls!(BARE)).only(Place::Start)],
    unmistakable: false,
};

static BARE: Wrapper = Wrapper {
    open: &[],
    close: &[],
    end: &[],
    object: Kind::Bare,
};
