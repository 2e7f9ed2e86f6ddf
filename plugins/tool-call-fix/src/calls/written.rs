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
        place.put(cx, delta::of(delta::opener(index, &id, &name, "")));
        Written {
            index,
            name,
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
        if !self.ready.is_empty() {
            place.put(cx, delta::of(delta::more(self.index, &self.ready)));
            self.ready.clear();
        }
    }

    pub fn end(mut self, cx: &mut Context<'_>, numbers: &mut Numbers, place: Place, cut: bool) {
        let tools = cx.offer.tools();
        let schema = tools.get(&self.name).and_then(|tool| tool.schema());
        let schema = schema.map(Schema::in_any_case);
        let ending = self.arguments.end(cut, cx.settings.arguments, schema);
        self.ready.push_str(&ending.tail);
        self.flush(cx, place);
        for arguments in ending.more {
            let mut call = Written::start(cx, numbers, place, self.name.clone(), None);
            call.ready = arguments;
            call.flush(cx, place);
        }
    }
}
