//! Answers as bytes: chunks of a stream, or a whole completion.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;
use yallmp_core::upstream::UpstreamError;

use super::THINKING;
use super::ask::Ask;
use super::script::{Answer, Model};
use crate::upstream::scene::Act;

/// Between the two pieces of an event that comes in two.
const GAP: Duration = Duration::from_millis(2);

pub(super) struct Wire<'a> {
    ask: &'a Ask,
    id: String,
    created: u64,
    /// One of the models ends its lines as the standard also allows.
    newline: &'static str,
}

impl<'a> Wire<'a> {
    pub fn new(ask: &'a Ask, model: Model, now: SystemTime) -> Self {
        let created = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            ask,
            id: format!("chatcmpl-{}", Uuid::now_v7().simple()),
            created: created.as_secs(),
            newline: match model {
                Model::LeakyGlm => "\r\n",
                _ => "\n",
            },
        }
    }

    pub fn events(&self, answer: &Answer) -> VecDeque<Act> {
        let mut acts = VecDeque::from([Act::Wait(THINKING)]);
        self.event(
            &mut acts,
            &self.chunk(json!({"role": "assistant", "content": ""}), None),
        );
        for (number, token) in answer.tokens.iter().enumerate() {
            // 20 to 30 ms, as a small model on a good day.
            let pace = 20 + (number as u64 * 7) % 11;
            acts.push_back(Act::Wait(Duration::from_millis(pace)));
            self.event(&mut acts, &self.chunk(json!({"content": token}), None));
        }
        if answer.breaks {
            acts.push_back(broken());
            return acts;
        }
        self.event(&mut acts, &self.chunk(json!({}), Some("stop")));
        if self.ask.include_usage {
            let mut chunk = self.head("chat.completion.chunk");
            chunk["choices"] = json!([]);
            chunk["usage"] = self.usage(answer);
            self.event(&mut acts, &chunk);
        }
        acts.push_back(Act::Send(self.line("[DONE]")));
        acts
    }

    pub fn whole(&self, answer: &Answer) -> VecDeque<Act> {
        let mut whole = self.head("chat.completion");
        whole["choices"] = json!([{
            "index": 0,
            "message": {"role": "assistant", "content": answer.tokens.concat()},
            "logprobs": null,
            "finish_reason": "stop",
        }]);
        whole["usage"] = self.usage(answer);
        let text = whole.to_string();
        let mut acts = VecDeque::from([Act::Wait(THINKING)]);
        if answer.breaks {
            let half = text.as_bytes()[..text.len() / 2].to_vec();
            acts.extend([Act::Send(half.into()), broken()]);
        } else {
            acts.push_back(Act::Send(text.into()));
        }
        acts
    }

    fn head(&self, object: &str) -> Value {
        json!({
            "id": self.id,
            "object": object,
            "created": self.created,
            "model": self.ask.model,
            "system_fingerprint": concat!("demo-", env!("CARGO_PKG_VERSION")),
        })
    }

    fn chunk(&self, delta: Value, finish: Option<&str>) -> Value {
        let mut chunk = self.head("chat.completion.chunk");
        chunk["choices"] = json!([{
            "index": 0,
            "delta": delta,
            "logprobs": null,
            "finish_reason": finish,
        }]);
        chunk
    }

    fn usage(&self, answer: &Answer) -> Value {
        let (prompt, completion) = (self.ask.prompt_tokens, answer.tokens.len());
        json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        })
    }

    fn line(&self, data: &str) -> Bytes {
        let newline = self.newline;
        format!("data: {data}{newline}{newline}").into()
    }

    /// Two events of three arrive in two pieces: cut before the last byte of the blank line,
    /// or somewhere inside, if need be in the middle of a character.
    fn event(&self, acts: &mut VecDeque<Act>, event: &Value) {
        let line = self.line(&event.to_string());
        let number = acts.len();
        let cut = match number % 3 {
            0 => line.len(),
            1 => line.len() - 1,
            _ => middle(&line),
        };
        acts.push_back(Act::Send(line.slice(..cut)));
        if cut < line.len() {
            acts.push_back(Act::Wait(GAP));
            acts.push_back(Act::Send(line.slice(cut..)));
        }
    }
}

fn broken() -> Act {
    Act::Break(UpstreamError::Broken("connection reset by peer".to_owned()))
}

/// Inside the first character of more than one byte, else half way.
fn middle(line: &[u8]) -> usize {
    let inside = line.iter().position(|byte| byte & 0xc0 == 0x80);
    inside.unwrap_or(line.len() / 2)
}
