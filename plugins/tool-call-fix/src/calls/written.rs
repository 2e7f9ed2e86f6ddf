use alloc::string::String;

use super::delta;
use super::numbers::Numbers;
use crate::arguments::Arguments;
use crate::choice::{Context, Place};
use crate::tools::types::Schema;

/// A call that is being read from text.
pub struct Written {
    index: u64,
    name: String,
    /// Its id, while what opens the call waits for its arguments.
    unopened: Option<String>,
    arguments: Arguments,
    /// What goes out with the next chunk.
    ready: String,
}

impl Written {
    pub fn start(
        cx: &mut Context<'_>,
        numbers: &mut Numbers,
        place: Place,
        name: String,
        id: Option<&str>,
    ) -> Self {
        let (index, id) = numbers.next(cx.exchange, id);
        let unopened = match cx.settings.arguments.buffer {
            true => Some(id),
            false => {
                place.put(cx, delta::of(delta::opener(index, &id, &name, "")));
                None
            }
        };
        Written {
            index,
            name,
            unopened,
            arguments: Arguments::of_text(),
            ready: String::new(),
        }
    }

    pub fn read(&mut self, cx: &Context<'_>, piece: &str) {
        let tools = cx.offer.tools();
        let policy = cx.settings.arguments;
        self.arguments.read(piece, policy, tools.get(&self.name));
        self.ready.push_str(self.arguments.take_sure());
    }

    pub fn flush(&mut self, cx: &mut Context<'_>, place: Place) {
        if self.ready.is_empty() {
            return;
        }
        let delta = match self.unopened.take() {
            Some(id) => delta::opener(self.index, &id, &self.name, &self.ready),
            None => delta::more(self.index, &self.ready),
        };
        place.put(cx, delta::of(delta));
        self.ready.clear();
    }

    pub fn end(mut self, cx: &mut Context<'_>, numbers: &mut Numbers, place: Place, cut: bool) {
        let tools = cx.offer.tools();
        let schema = tools.get(&self.name).and_then(|tool| tool.schema());
        let schema = schema.map(Schema::in_any_case);
        let ending = self.arguments.end(cut, cx.settings.arguments, schema);
        self.ready.push_str(&ending.tail);
        self.flush(cx, place);
        if let Some(id) = self.unopened {
            place.put(
                cx,
                delta::of(delta::opener(self.index, &id, &self.name, "")),
            );
        }
        for arguments in ending.more {
            let mut call = Written::start(cx, numbers, place, self.name.clone(), None);
            call.ready = arguments;
            call.flush(cx, place);
        }
    }
}
