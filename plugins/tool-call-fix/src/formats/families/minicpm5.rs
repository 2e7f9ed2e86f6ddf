//! `MiniCPM` 5:
//!
//! ```text
//! <function name="NAME"><param name="KEY">VALUE</param>
//! <param name="KEY"><![CDATA[VALUE]]></param></function>
//! ```

use crate::formats::markup::{Argument, Key, Markup, markup, named_tag};
use crate::formats::tagged::Value;
use crate::formats::{Format, Match, Opener, matches};

pub static FORMAT: Format = Format {
    name: "minicpm5",
    aliases: &["minicpm"],
    openers: &[Opener::new(FUNCTION, |c| c == 'n', markup!(MARKUP))],
    unmistakable: false,
};

const FUNCTION: &str = "<function ";
const PARAMETER: &str = "<param ";
const DATA: &str = "<![CDATA[";

static MARKUP: Markup = Markup {
    open: &[],
    call: |text| named_tag(text, FUNCTION),
    again: Some(FUNCTION),
    close: &["</function>"],
    end: &[],
    argument,
    argument_open: PARAMETER,
    value: Value {
        close: "</param>",
        follow: &[PARAMETER, "</function>"],
        own_lines: false,
    },
};

fn argument(text: &str) -> Key<'_> {
    let (name, rest) = named_tag(text, PARAMETER)?;
    let mut argument = Argument::named(name);
    match matches(rest, DATA) {
        Match::Yes => {
            argument.close = Some("]]></param>");
            Ok((argument, &rest[DATA.len()..]))
        }
        Match::No => Ok((argument, rest)),
        Match::Begun => Err(Match::Begun),
    }
}
