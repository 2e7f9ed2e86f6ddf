//! Names of tools that the backend does not take: shortened, or spelled otherwise, on the way
//! there, and given back in the answer.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::{Chunk, Event, Interest, Json, Out};

use crate::facts::NameForm;
use crate::history::{History, calls, role, text};
use crate::letters;

#[derive(Debug, Default)]
pub struct Names(Vec<(String, String)>);

impl Names {
    /// The short name for a name; itself if it is taken so. `taken`: other names.
    pub fn fit(&mut self, name: &str, form: &NameForm, taken: &dyn Fn(&str) -> bool) -> String {
        if is_right(name, form) {
            return name.to_string();
        }
        if let Some(short) = self.short(name) {
            return short.to_string();
        }
        let spelled = spell(name, form);
        let whole = Some(spelled.clone()).filter(|spelled| is_right(spelled, form));
        let short = whole
            .into_iter()
            .chain((0u32..).map(|round| shorten(&spelled, name, form.max, round)))
            .find(|short| !taken(short) && self.0.iter().all(|(_, known)| known != short));
        let short = short.unwrap_or_default();
        self.0.push((name.to_string(), short.clone()));
        short
    }

    /// Fits the names of calls in the history, whose tools may not be offered any more.
    pub fn learn(&mut self, history: &History<'_>, form: &NameForm, offered: &[String]) {
        let called = history.messages().iter().flat_map(calls);
        let called: Vec<&str> = called
            .filter_map(|call| Some(text(call.get("function")?, "name")))
            .collect();
        let taken =
            |short: &str| called.contains(&short) || offered.iter().any(|known| known == short);
        for name in &called {
            self.fit(name, form, &taken);
        }
    }

    pub fn short(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(long, _)| long == name);
        found.map(|(_, short)| short.as_str())
    }

    fn long(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(_, short)| short == name);
        found.map(|(long, _)| long.as_str())
    }

    /// Events that hold a short name; none if there is none.
    pub fn interest(&self) -> Option<Interest> {
        match self.0.len() {
            0 => None,
            1..=64 => Some(Interest::AnyOf(
                self.0.iter().map(|(_, short)| short.clone()).collect(),
            )),
            _ => Some(Interest::All),
        }
    }

    /// In calls and results of the history.
    pub fn shorten(&self, history: &mut History<'_>) {
        if self.0.is_empty() {
            return;
        }
        for at in 0..history.messages().len() {
            let message = &history.messages()[at];
            let of_call = |call: &Json<'_>| {
                Some(self.short(text(call.get("function")?, "name"))?.to_string())
            };
            let of_result = self
                .short(text(message, "name"))
                .filter(|_| role(message) == "tool");
            let of_result = of_result.map(ToString::to_string);
            let any = calls(message).iter().any(|call| of_call(call).is_some());
            if any && let Some(message) = history.change(at) {
                let list = message.get_mut("tool_calls").and_then(Json::as_array_mut);
                for call in list.into_iter().flat_map(|list| list.iter_mut()) {
                    if let Some(short) = of_call(call)
                        && let Some(function) = call.get_mut("function")
                    {
                        function.set("name", short);
                    }
                }
            }
            if let Some(short) = of_result
                && let Some(message) = history.change(at)
            {
                message.set("name", short);
            }
        }
    }

    /// The long names, in an event of the answer.
    pub fn restore(&self, event: &Event) -> Out {
        let Some(mut chunk) = event.chunk() else {
            return Out::pass();
        };
        let mut changed = false;
        for at in 0..chunk.len() {
            let is_short = |call: &Json<'_>| self.long_of(call).is_some();
            let calls = chunk.choice(at).and_then(|choice| choice.tool_calls());
            if !calls.is_some_and(|calls| calls.iter().any(is_short)) {
                continue;
            }
            self.restore_in(&mut chunk, at);
            changed = true;
        }
        if changed {
            Out::replace(chunk)
        } else {
            Out::pass()
        }
    }

    fn long_of(&self, call: &Json<'_>) -> Option<String> {
        let name = text(call.get("function")?, "name");
        self.long(name).map(ToString::to_string)
    }

    fn restore_in(&self, chunk: &mut Chunk<'_>, at: usize) {
        let calls = chunk
            .delta_mut(at)
            .and_then(|delta| delta.get_mut("tool_calls"));
        let calls = calls.and_then(Json::as_array_mut);
        for call in calls.into_iter().flat_map(|calls| calls.iter_mut()) {
            if let Some(long) = self.long_of(call)
                && let Some(function) = call.get_mut("function")
            {
                function.set("name", long);
            }
        }
    }
}

fn is_right(name: &str, form: &NameForm) -> bool {
    let all = form.chars.is_empty() || name.chars().all(|c| letters::has(&form.chars, c));
    let first = name.chars().next().is_some_and(|c| begins(c, form));
    name.is_empty() || name.chars().count() <= form.max && all && first
}

fn begins(c: char, form: &NameForm) -> bool {
    form.first.is_empty() || letters::has(&form.first, c)
}

/// With `_` for each character that is not taken.
fn spell(name: &str, form: &NameForm) -> String {
    let taken = |c: char| form.chars.is_empty() || letters::has(&form.chars, c);
    let spelled = name.chars().map(|c| if taken(c) { c } else { '_' });
    let head = spelled.clone().next().filter(|c| !begins(*c, form));
    head.map(|_| '_').into_iter().chain(spelled).collect()
}

/// The beginning of a spelling, and what tells it from others that begin so.
fn shorten(spelled: &str, name: &str, max: usize, round: u32) -> String {
    let hash = name.bytes().fold(0x811c_9dc5_u32 ^ round, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let tail = alloc::format!("_{hash:08x}");
    let head: String = spelled
        .chars()
        .take(max.saturating_sub(tail.len()))
        .collect();
    head + &tail
}
