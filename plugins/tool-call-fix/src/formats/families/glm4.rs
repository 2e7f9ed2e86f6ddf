//! GLM-4-0414:
//!
//! ```text
//! NAME
//! {…}
//! ```
//!
//! Nothing but a known name at the start of the message shows that it is a call.

use crate::formats::named_json::{Naming, bare_head, named_json};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "glm4",
    aliases: &["glm4_0414"],
    openers: &[Opener::new("", |c| c == '{', named_json!(CALLS))
        .before_tool()
        .only(Place::Start)],
    unmistakable: false,
};

static CALLS: Naming = Naming {
    head: bare_head,
    close: &[],
    again: &[],
    end: &[],
};
