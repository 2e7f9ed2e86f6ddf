//! Asks for another try when the backend ends an answer in order that says nothing.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod said;

#[cfg(test)]
mod tests;

use alloc::format;

use yallmp_sdk::host::{Level, listen, log};
use yallmp_sdk::{
    Chunk, Deployment, Event, Exchange, Info, Interest, Json, Out, Patch, Result, Wants, request,
};

use said::{Said, said};

/// How much reasoning is held back while it may be all that comes. A model that thought so
/// much is not asked again.
const MAX_HELD: usize = 256 << 10;

struct EmptyAnswer {
    /// Whether reasoning alone counts as nothing.
    reasoning_alone: bool,
    /// Another try may still be asked for.
    watching: bool,
    /// Bytes of the events that are held back.
    held: usize,
    reasoned: bool,
}

impl Patch for EmptyAnswer {
    const INFO: Info = Info {
        name: "empty-answer",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Asks for another try when an answer ends in order and says nothing.",
        config_schema: include_str!("../schema.json"),
    };

    fn plan(_config: &Json<'_>, _deployment: &Deployment) -> Result<Wants> {
        Ok(Wants::nothing().response(Interest::All))
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        let retries = config.get("retries").and_then(Json::as_u64).unwrap_or(2);
        let mut plugin = EmptyAnswer {
            reasoning_alone: config.get("reasoning_alone").and_then(Json::as_bool) == Some(true),
            watching: true,
            held: 0,
            reasoned: false,
        };
        if u64::from(exchange.attempt) > retries {
            plugin.rest();
        }
        Ok(plugin)
    }

    fn on_event(&mut self, event: &Event) -> Result<Out> {
        if !self.watching {
            return Ok(Out::pass());
        }
        let Some(chunk) = event.chunk() else {
            // Not the answer to a chat.
            self.rest();
            return Ok(Out::pass());
        };
        Ok(self.decide(&chunk, event.data.len()))
    }
}

impl EmptyAnswer {
    /// Nothing more to do for this answer.
    fn rest(&mut self) {
        self.watching = false;
        listen(&Interest::None);
    }

    fn decide(&mut self, chunk: &Chunk<'_>, bytes: usize) -> Out {
        let said = said(chunk);
        self.reasoned |= said == Said::Reasoning;
        let enough = said == Said::Something || said == Said::Reasoning && !self.reasoning_alone;
        let finish = chunk.choices().find_map(|choice| choice.finish_reason());
        let normal = finish.is_some_and(|reason| matches!(reason, "stop" | "end_turn"));
        if enough || finish.is_some() && !normal {
            self.rest();
            return Out::pass();
        }
        let waits = said != Said::Nothing || self.held > 0;
        if !waits && !normal {
            return Out::pass();
        }
        // The request is read only now, since nearly all answers say something.
        if self.held == 0 && !may_be_asked_again() {
            self.rest();
            return Out::pass();
        }
        if normal {
            self.rest();
            let what = if self.reasoned {
                "nothing but reasoning"
            } else {
                "nothing"
            };
            return Out::retry(format!("the answer ended in order and said {what}"));
        }
        // What has gone out cannot be tried again.
        self.held += bytes;
        if self.held > MAX_HELD {
            self.rest();
            log(
                Level::Info,
                "too much reasoning to hold back: this answer is not tried again",
            );
            return Out::pass();
        }
        Out::hold()
    }
}

/// Not after a tool's result: there an empty answer says that nothing is left to say. And
/// not when several answers were asked for.
fn may_be_asked_again() -> bool {
    let several = request::member("n").is_some_and(|n| n.trim() != "1" && n.trim() != "null");
    let messages = request::member("messages").unwrap_or_default();
    !several && !Json::parse(&messages).is_ok_and(|messages| ends_with_result(&messages))
}

/// Whether the last message that is not an instruction is, or holds, the result of a tool.
fn ends_with_result(messages: &Json<'_>) -> bool {
    let messages = messages.as_array().into_iter().flatten();
    let mut spoken =
        messages.filter(|it| !matches!(word(it, "role"), Some("system" | "developer")));
    spoken.next_back().is_some_and(|last| {
        let parts = last.get("content").and_then(Json::as_array);
        let mut parts = parts.into_iter().flatten();
        matches!(word(last, "role"), Some("tool" | "function"))
            || parts.any(|part| word(part, "type") == Some("tool_result"))
    })
}

fn word<'j>(json: &'j Json<'_>, name: &str) -> Option<&'j str> {
    json.get(name)?.as_str()
}

yallmp_sdk::export!(EmptyAnswer, no_std);
