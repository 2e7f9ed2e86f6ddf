//! Inkling:
//!
//! ```text
//! <|message_model|>NAME<|content_invoke_tool_json|>{"name": NAME, "args": {…}}<|end_message|>
//! ```
//!
//! Both names are the same; the one in the object counts.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::formats::json_calls::{self, Kind, Wrapper, json, json_calls};
use crate::formats::{
    End, Format, Match, Opener, Reader, Sink, Step, is_name, matches, split_name,
};

pub static FORMAT: Format = Format {
    name: "inkling",
    aliases: &[],
    openers: &[
        Opener::new(MESSAGE, is_name, || Box::new(Message(None))),
        Opener::new(INVOKE, json, json_calls!(WRAPPER)),
    ],
    unmistakable: true,
};

const MESSAGE: &str = "<|message_model|>";
const INVOKE: &str = "<|content_invoke_tool_json|>";

static WRAPPER: Wrapper = Wrapper {
    open: &[INVOKE],
    close: &["<|end_message|>"],
    end: &[],
    object: Kind::Named,
};

/// The head, then the object.
struct Message(Option<Box<dyn Reader>>);

impl Reader for Message {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        if let Some(object) = &mut self.0 {
            return object.read(text, end, sink);
        }
        let (name, rest) = split_name(text[MESSAGE.len()..].trim_start());
        match matches(rest.trim_start(), INVOKE) {
            Match::Yes => {}
            Match::Begun if !end.is_here() && name.len() < 128 => return Step::More(0),
            _ => return Step::Not,
        }
        let skipped = text.len() - rest.trim_start().len();
        let mut object = json_calls::reader(&WRAPPER);
        let step = object.read(&text[skipped..], end, sink);
        // Nothing is taken before it is a call, so that all of it can still be text.
        if !sink.has_started() {
            return step;
        }
        self.0 = Some(object);
        match step {
            Step::More(taken) => Step::More(skipped + taken),
            Step::Next(taken) => Step::Next(skipped + taken),
            Step::Done(taken) => Step::Done(skipped + taken),
            Step::Not => Step::Not,
        }
    }

    fn ends(&self) -> Vec<&'static str> {
        WRAPPER.close.to_vec()
    }
}
