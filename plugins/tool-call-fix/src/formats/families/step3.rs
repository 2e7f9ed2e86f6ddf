//! Step3:
//!
//! ```text
//! <｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜>
//! <steptml:invoke name="NAME"><steptml:parameter name="KEY">VALUE</steptml:parameter></steptml:invoke>
//! <｜tool_call_end｜>…<｜tool_calls_end｜>
//! ```

use crate::formats::markup::{Argument, Key, Markup, markup, named_tag};
use crate::formats::tagged::Value;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "step3",
    aliases: &[],
    openers: &[
        Opener::new("<｜tool_calls_begin｜>", |c| c == '<', markup!(MARKUP)),
        Opener::new("<｜tool_call_begin｜>", |c| c == 'f', markup!(MARKUP)),
        Opener::new(INVOKE, |c| c == 'n', markup!(MARKUP)),
    ],
    unmistakable: true,
};

const INVOKE: &str = "<steptml:invoke ";
const INVOKE_END: &str = "</steptml:invoke>";
const PARAMETER: &str = "<steptml:parameter ";
const CALL: &str = "<｜tool_call_begin｜>";

static MARKUP: Markup = Markup {
    open: &["<｜tool_calls_begin｜>", CALL, "function<｜tool_sep｜>"],
    call: |text| named_tag(text, INVOKE),
    again: Some(CALL),
    close: &[INVOKE_END, "<｜tool_call_end｜>"],
    end: &["<｜tool_calls_end｜>"],
    argument,
    argument_open: PARAMETER,
    value: Value {
        close: "</steptml:parameter>",
        follow: &[PARAMETER, INVOKE_END],
        own_lines: false,
    },
};

fn argument(text: &str) -> Key<'_> {
    let (name, rest) = named_tag(text, PARAMETER)?;
    Ok((Argument::named(name), rest))
}
