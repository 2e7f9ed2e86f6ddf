//! Trees to text.

use alloc::string::String;
use core::fmt;

use super::{Json, Text};

impl Json<'_> {
    /// The value as JSON text: what was not touched as it came, the rest without white space.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(self.spelling().map_or(256, str::len));
        self.write(&mut out);
        out
    }

    /// Appends the value as JSON text.
    pub fn write(&self, out: &mut String) {
        if let Some(spelled) = self.spelling() {
            out.push_str(spelled);
            return;
        }
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(number) => out.push_str(number.spelling()),
            Json::String(text) => write_text(text, out),
            Json::Array(array) => {
                out.push('[');
                for (at, item) in array.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(object) => {
                out.push('{');
                for (at, (name, value)) in object.members().iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The text of an array or object that did not change since it was parsed.
    fn spelling(&self) -> Option<&str> {
        match self {
            Json::Array(array) => array.spelling(),
            Json::Object(object) => object.spelling(),
            _ => None,
        }
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

fn write_text(text: &Text<'_>, out: &mut String) {
    out.push('"');
    match text.spelling() {
        Some(spelled) => out.push_str(spelled),
        None => escape(text.as_str(), out),
    }
    out.push('"');
}

/// Appends `plain` with the escapes that a JSON string needs, and no others.
pub(crate) fn escape(plain: &str, out: &mut String) {
    let mut done = 0;
    for (at, byte) in plain.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&plain[done..at]);
        done = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            control => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(HEX[usize::from(control >> 4)].into());
                out.push(HEX[usize::from(control & 15)].into());
            }
        }
    }
    out.push_str(&plain[done..]);
}
