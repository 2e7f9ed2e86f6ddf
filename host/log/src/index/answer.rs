//! The text of an answer, put together from its events.

use serde::Deserialize;
use serde_json::Value;
use yallmp_core::tape::{Note, Timed};

/// Text that a model wrote.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub content: String,
    pub reasoning: String,
    /// Names and arguments of called tools.
    pub calls: String,
}

/// An event or a whole answer, of Chat Completions or of the Responses API.
#[derive(Deserialize)]
struct Piece {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(rename = "type")]
    kind: Option<String>,
    delta: Option<Value>,
    #[serde(default)]
    output: Vec<Value>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Message>,
    message: Option<Message>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<Value>,
    reasoning_content: Option<Value>,
    reasoning: Option<Value>,
    #[serde(default)]
    tool_calls: Option<Vec<Call>>,
}

#[derive(Deserialize)]
struct Call {
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<String>,
}

impl Answer {
    /// Of an exchange's last attempt, as the backend sent it; of a plugin that answered
    /// instead what it said.
    pub fn of(notes: &[Timed]) -> Self {
        let (mut came, mut went) = (Self::default(), Self::default());
        let mut whole: &[u8] = &[];
        for timed in notes {
            match &timed.note {
                Note::Attempt(_) => (came, went) = Default::default(),
                Note::EventIn { raw, .. } => came.frame(raw),
                Note::EventOut { raw } => went.frame(raw),
                Note::BodyIn { body, .. } | Note::BodyOut { body, .. } if !body.is_empty() => {
                    whole = body;
                }
                _ => {}
            }
        }
        // Of a whole answer the log may have events as well.
        for answer in [came, went] {
            if answer != Self::default() {
                return answer;
            }
        }
        let mut answer = Self::default();
        answer.json(whole);
        answer
    }

    /// A frame of a stream. What is none of ours is passed over.
    pub fn frame(&mut self, raw: &[u8]) {
        for line in raw.split(|byte| *byte == b'\n') {
            if let Some(data) = line.strip_prefix(b"data:") {
                self.json(data);
            }
        }
    }

    /// The data of an event, or a whole answer.
    pub fn json(&mut self, text: &[u8]) {
        let Ok(piece) = serde_json::from_slice::<Piece>(text) else {
            return;
        };
        for choice in piece.choices {
            if let Some(text) = choice.text {
                self.content.push_str(&text);
            }
            for message in [choice.delta, choice.message].into_iter().flatten() {
                self.message(message);
            }
        }
        if let (Some(kind), Some(Value::String(text))) = (&piece.kind, &piece.delta) {
            match kind.strip_prefix("response.").unwrap_or_default() {
                "output_text.delta" | "refusal.delta" => self.content.push_str(text),
                kind if kind.starts_with("reasoning") => self.reasoning.push_str(text),
                "function_call_arguments.delta" => self.calls.push_str(text),
                _ => {}
            }
        }
        piece.output.iter().for_each(|item| self.item(item));
    }

    fn message(&mut self, message: Message) {
        put(message.content.as_ref(), &mut self.content);
        let reasoning = message.reasoning_content.or(message.reasoning);
        put(reasoning.as_ref(), &mut self.reasoning);
        for call in message.tool_calls.into_iter().flatten() {
            let Some(function) = call.function else {
                continue;
            };
            if let Some(name) = function.name {
                self.calls.push('\n');
                self.calls.push_str(&name);
                self.calls.push(' ');
            }
            self.calls.push_str(&function.arguments.unwrap_or_default());
        }
    }

    /// An item of the output of a whole answer of the Responses API.
    fn item(&mut self, item: &Value) {
        put(item.get("content"), &mut self.content);
        put(item.get("summary"), &mut self.reasoning);
        for member in ["name", "arguments"] {
            if let Some(Value::String(text)) = item.get(member) {
                self.calls.push('\n');
                self.calls.push_str(text);
            }
        }
    }
}

/// Text, or the text of parts.
fn put(value: Option<&Value>, out: &mut String) {
    match value {
        Some(Value::String(text)) => out.push_str(text),
        Some(Value::Array(parts)) => parts.iter().for_each(|part| put(part.get("text"), out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_make_one_text() {
        let mut answer = Answer::default();
        for raw in [
            r#"data: {"choices":[{"delta":{"role":"assistant","content":null,"reasoning_content":"Hm"}}]}"#,
            r#"data: {"choices":[{"delta":{"content":"It is sun"}}]}"#,
            ": a comment",
            r#"data: {"choices":[{"delta":{"content":"ny"}}]}"#,
            r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"ls","arguments":"{\"a"}}]}}]}"#,
            r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\":1}"}}]}}]}"#,
            r#"data: {"choices":[],"usage":{}}"#,
            "data: [DONE]",
        ] {
            answer.frame(format!("{raw}\n\n").as_bytes());
        }
        assert_eq!(answer.content, "It is sunny");
        assert_eq!(answer.reasoning, "Hm");
        assert_eq!(answer.calls.trim(), r#"ls {"a":1}"#);
    }

    #[test]
    fn whole_answers_and_responses() {
        let mut chat = Answer::default();
        chat.json(br#"{"choices":[{"message":{"role":"assistant","content":"Hi"}}]}"#);
        assert_eq!(chat.content, "Hi");
        let mut stream = Answer::default();
        stream.frame(b"event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n");
        assert_eq!(stream.content, "Hi");
        let mut whole = Answer::default();
        whole.json(br#"{"output":[{"type":"message","content":[{"type":"output_text","text":"Hi"}]},{"type":"function_call","name":"ls","arguments":"{}"}]}"#);
        assert_eq!(whole.content, "Hi");
        assert_eq!(whole.calls.trim(), "ls\n{}");
    }
}
