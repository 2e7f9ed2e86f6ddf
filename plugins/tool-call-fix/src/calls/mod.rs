//! The calls of one choice, whether they came as such or were found in text.

mod call;
mod delta;
mod incoming;
mod numbers;
mod written;

use yallmp_sdk::host;
use yallmp_sdk::json::Object;

use crate::choice::{Context, Place};
use crate::formats::Event;
use incoming::Incoming;
use numbers::Numbers;
use written::Written;

pub struct Calls {
    numbers: Numbers,
    incoming: Incoming,
    /// The call that is being read from text.
    written: Option<Written>,
    /// A call in the text was cut off.
    was_cut: bool,
}

impl Calls {
    pub fn new(choice: u64) -> Self {
        Calls {
            numbers: Numbers::new(choice),
            incoming: Incoming::default(),
            written: None,
            was_cut: false,
        }
    }

    pub fn choice(&self) -> u64 {
        self.numbers.choice()
    }

    /// Whether no call was seen.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.incoming.is_empty()
    }

    /// Whether the arguments of all calls are whole.
    pub fn are_complete(&self) -> bool {
        !self.was_cut && self.incoming.are_complete()
    }

    /// Whether a call is open in the text.
    pub fn is_writing(&self) -> bool {
        self.written.is_some()
    }

    /// Reads an entry of `tool_calls`, the `entry`th of the event's `at`th choice.
    pub fn read(&mut self, cx: &mut Context<'_>, at: usize, entry: usize, object: &Object<'_>) {
        self.incoming
            .read(cx, &mut self.numbers, (at, entry), object);
    }

    /// Writes what was found in the text. `cut`: the answer ends here, before its time.
    pub fn write(&mut self, cx: &mut Context<'_>, place: Place, event: Event, cut: bool) {
        match (event, &mut self.written) {
            (Event::Start { name, id, format }, written) => {
                if self.numbers.is_empty() {
                    host::note("format", format);
                }
                *written = Some(Written::start(
                    cx,
                    &mut self.numbers,
                    place,
                    name,
                    id.as_deref(),
                ));
            }
            (Event::Args(piece), Some(written)) => written.read(cx, &piece),
            (Event::End, written) => {
                if let Some(written) = written.take() {
                    self.was_cut |= cut;
                    written.end(cx, &mut self.numbers, place, cut);
                }
            }
            (Event::Args(_) | Event::Text(_), _) => {}
        }
    }

    /// Lets out what is ready of the call in the text.
    pub fn flush(&mut self, cx: &mut Context<'_>, place: Place) {
        if let Some(written) = &mut self.written {
            written.flush(cx, place);
        }
    }

    /// All calls are over.
    pub fn finish(&mut self, cx: &mut Context<'_>, cut: bool) {
        self.incoming.finish(cx, &mut self.numbers, cut);
    }
}
