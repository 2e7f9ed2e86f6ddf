//! Changes to a chunk, noted down until it is certain that they are made.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::json::Object;
use yallmp_sdk::{Chunk, Json};

/// A change. `at`: the position in `choices`; `entry`: the position in `tool_calls`.
#[derive(Debug, PartialEq)]
pub enum Edit {
    /// A whole `message` where a delta is due.
    MessageToDelta {
        at: usize,
    },
    /// The calls of a `message` that stands behind deltas go to the delta, or came already.
    CallsOfMessage {
        at: usize,
        taken: bool,
    },
    /// The chunk was given what it lacked when it was read.
    Completed,
    /// The old `function_call` becomes the only entry of `tool_calls`.
    FunctionCallToEntry {
        at: usize,
    },
    /// Another text for a field of the delta, or none.
    Text {
        at: usize,
        field: Field,
        text: Option<String>,
    },
    RemoveDelta {
        at: usize,
        name: &'static str,
    },
    Entry {
        at: usize,
        entry: usize,
        ops: Vec<Op>,
    },
    DropEntry {
        at: usize,
        entry: usize,
    },
    AddEntry {
        at: usize,
        entry: Json<'static>,
    },
    Finish {
        at: usize,
        reason: &'static str,
    },
    /// A chunk of its own before this one.
    Before {
        choice: u64,
        delta: Json<'static>,
    },
    /// A chunk of its own after this one.
    After {
        choice: u64,
        delta: Json<'static>,
    },
    /// A chunk of its own that ends a choice, before this one.
    Close {
        choice: u64,
        reason: &'static str,
    },
}

impl Edit {
    /// What it mends, in a word for the log; calls out of text are told of by their format.
    pub fn mends(&self) -> Option<&'static str> {
        match self {
            Edit::MessageToDelta { .. } | Edit::CallsOfMessage { .. } => Some("message"),
            Edit::FunctionCallToEntry { .. } => Some("function_call"),
            Edit::Entry { .. } | Edit::DropEntry { .. } | Edit::AddEntry { .. } => Some("calls"),
            Edit::RemoveDelta { name, .. } => Some(name),
            Edit::Finish { .. } | Edit::Close { .. } => Some("finish_reason"),
            Edit::Completed => Some("choices"),
            Edit::Text { .. } | Edit::Before { .. } | Edit::After { .. } => None,
        }
    }
}

/// Where a delta says text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Content,
    Thoughts,
}

impl Field {
    /// Its names. Some backends give thoughts under both.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Field::Content => &["content"],
            Field::Thoughts => &["reasoning_content", "reasoning"],
        }
    }

    /// What a delta says there; none for an empty text.
    pub fn text<'d>(self, delta: &'d Object<'_>) -> Option<&'d str> {
        let said = |name: &&str| delta.get(name)?.as_str().filter(|text| !text.is_empty());
        self.names().iter().find_map(said)
    }
}

/// A change of an entry of `tool_calls`.
#[derive(Debug, PartialEq)]
pub enum Op {
    Set(&'static str, Json<'static>),
    Remove(&'static str),
    SetFunction(&'static str, Json<'static>),
    RemoveFunction(&'static str),
}

/// The chunks that come of a chunk, as JSON text.
pub fn apply(mut chunk: Chunk<'_>, edits: Vec<Edit>) -> Vec<String> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut emptied = None;
    for edit in edits {
        match edit {
            Edit::Before { choice, delta } => before.push(text(chunk.sibling(choice, delta))),
            Edit::After { choice, delta } => match emptied.take() {
                Some(at) if fill(&mut chunk, at, &delta) => {}
                _ => after.push(text(chunk.sibling(choice, delta))),
            },
            Edit::Close { choice, reason } => {
                let mut close = chunk.sibling(choice, Json::object());
                close.set_finish_reason(0, reason);
                before.push(text(close));
            }
            other => {
                if let Edit::Text { at, text: None, .. } = other {
                    emptied = Some(at);
                }
                change(&mut chunk, other);
            }
        }
    }
    drop_entries(&mut chunk);
    if !chunk.says_nothing() {
        before.push(text(chunk));
    }
    before.append(&mut after);
    before
}

/// What came of the text takes its place in the chunk, unless the delta says the same already.
fn fill(chunk: &mut Chunk<'_>, at: usize, delta: &Json<'static>) -> bool {
    let said = chunk.choice(at).and_then(|choice| choice.delta());
    let calls = delta.get("tool_calls");
    let (Some(said), Some(calls)) = (said, calls) else {
        return false;
    };
    if said.contains("tool_calls") {
        return false;
    }
    if !said.contains("role") {
        chunk.remove_delta(at, "content");
    }
    chunk.set_delta(at, "tool_calls", calls.clone());
    true
}

fn text(chunk: Chunk<'_>) -> String {
    chunk.into_json().to_text()
}

fn change(chunk: &mut Chunk<'_>, edit: Edit) {
    match edit {
        Edit::MessageToDelta { at } => {
            if let Some(choice) = chunk.choice_mut(at)
                && let Some(message) = choice.remove("message")
            {
                choice.set("delta", message);
            }
        }
        Edit::CallsOfMessage { at, taken } => {
            let message = chunk
                .choice_mut(at)
                .and_then(|choice| choice.get_mut("message")?.as_object_mut());
            let calls = message.and_then(|message| message.remove("tool_calls"));
            if let Some(calls) = calls.filter(|_| taken) {
                chunk.set_delta(at, "tool_calls", calls);
            }
        }
        Edit::FunctionCallToEntry { at } => {
            if let Some(function) = chunk.remove_delta(at, "function_call") {
                let entry: Object<'_> = [("function", function)].into_iter().collect();
                chunk.set_delta(at, "tool_calls", Vec::from([Json::Object(entry)]));
            }
        }
        Edit::Text { at, field, text } => {
            for name in field.names() {
                let said = chunk
                    .choice(at)
                    .and_then(|choice| choice.delta()?.get(name));
                if said.is_some() {
                    chunk.set_delta(at, name, text.clone());
                }
            }
            if let Some(choice) = chunk.choice_mut(at)
                && choice.contains("logprobs")
            {
                choice.set("logprobs", Json::Null);
            }
        }
        Edit::RemoveDelta { at, name } => {
            chunk.remove_delta(at, name);
        }
        Edit::Entry { at, entry, ops } => {
            if let Some(entry) = entry_mut(chunk, at, entry) {
                ops.into_iter().for_each(|op| operate(entry, op));
            }
        }
        Edit::DropEntry { at, entry } => {
            if let Some(entry) = entry_mut(chunk, at, entry) {
                *entry = Json::Null;
            }
        }
        Edit::AddEntry { at, entry } => {
            let calls = chunk.delta_mut(at).map(|delta| delta.entry("tool_calls"));
            if let Some(calls) = calls.and_then(Json::as_array_mut) {
                calls.push(entry);
            }
        }
        Edit::Finish { at, reason } => chunk.set_finish_reason(at, reason),
        Edit::Before { .. } | Edit::After { .. } | Edit::Close { .. } | Edit::Completed => {}
    }
}

fn entry_mut<'c, 'a>(
    chunk: &'c mut Chunk<'a>,
    at: usize,
    entry: usize,
) -> Option<&'c mut Json<'a>> {
    let calls = chunk.delta_mut(at)?.get_mut("tool_calls")?;
    calls.get_mut(entry)
}

fn operate(entry: &mut Json<'_>, op: Op) {
    match op {
        Op::Set(name, value) => entry.set(name, value),
        Op::Remove(name) => {
            entry.remove(name);
        }
        Op::SetFunction(name, value) => entry.make_object().entry("function").set(name, value),
        Op::RemoveFunction(name) => {
            if let Some(function) = entry.get_mut("function") {
                function.remove(name);
            }
        }
    }
}

fn drop_entries(chunk: &mut Chunk<'_>) {
    for at in 0..chunk.len() {
        let dropped = |calls: &yallmp_sdk::json::Array<'_>| calls.iter().any(Json::is_null);
        let has_dropped = chunk
            .choice(at)
            .and_then(|choice| choice.tool_calls())
            .is_some_and(dropped);
        if !has_dropped {
            continue;
        }
        let Some(delta) = chunk.delta_mut(at) else {
            continue;
        };
        let Some(calls) = delta.get_mut("tool_calls").and_then(Json::as_array_mut) else {
            continue;
        };
        calls.items_mut().retain(|entry| !entry.is_null());
        if calls.is_empty() {
            delta.remove("tool_calls");
        }
    }
}
