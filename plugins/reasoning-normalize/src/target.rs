//! Where reasoning goes.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::{Array, Object};

use crate::piece::Piece;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Where it came, unless clients cannot read it there: then `reasoning_content`.
    Auto,
    ReasoningContent,
    Reasoning,
    ReasoningDetails,
    /// `reasoning_content` and `reasoning`.
    Both,
    ThinkTags,
    DetailsHtml,
    Drop,
}

impl Target {
    pub fn read(config: &Json<'_>) -> Self {
        match config.get("target").and_then(Json::as_str) {
            Some("reasoning_content") => Target::ReasoningContent,
            Some("reasoning") => Target::Reasoning,
            Some("reasoning_details") => Target::ReasoningDetails,
            Some("both") => Target::Both,
            Some("think_tags") => Target::ThinkTags,
            Some("details_html") => Target::DetailsHtml,
            Some("drop") => Target::Drop,
            _ => Target::Auto,
        }
    }

    /// The members of a delta that say a piece.
    pub fn members(self, piece: &Piece) -> Vec<(&'static str, Json<'static>)> {
        let text = || Json::from(piece.text().to_string());
        match (piece, self) {
            (Piece::Content(_), _) => [("content", text())].into(),
            (_, Target::Reasoning) => [("reasoning", text())].into(),
            (_, Target::Both) => [("reasoning_content", text()), ("reasoning", text())].into(),
            (_, Target::ReasoningDetails) => {
                let detail: Object<'static> = [
                    ("type", Json::from("reasoning.text")),
                    ("text", text()),
                    ("index", 0u32.into()),
                    ("format", "unknown".into()),
                ]
                .into_iter()
                .collect();
                let details = Array::from_iter([Json::Object(detail)]);
                [("reasoning_details", details.into())].into()
            }
            _ => [("reasoning_content", text())].into(),
        }
    }
}

/// Reasoning inside of the text, between tags.
#[derive(Debug)]
pub struct Span {
    open: String,
    close: String,
    multi: bool,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Inside,
    /// The text has begun.
    Behind,
}

impl Span {
    pub fn new((open, close): (String, String), multi: bool) -> Self {
        Span {
            open,
            close,
            multi,
            state: State::Before,
        }
    }

    pub fn is_open(&self) -> bool {
        self.state == State::Inside
    }

    /// The text that says these pieces.
    pub fn write(&mut self, pieces: &[Piece], out: &mut String) {
        for piece in pieces {
            match (piece, self.state) {
                (Piece::Reasoning(text), State::Inside) => out.push_str(text),
                (Piece::Reasoning(_), State::Behind) if !self.multi => {}
                (Piece::Reasoning(text), _) => {
                    out.push_str(&self.open);
                    out.push_str(text);
                    self.state = State::Inside;
                }
                (Piece::Content(text), _) => {
                    self.close(out);
                    out.push_str(text);
                    self.state = State::Behind;
                }
            }
        }
    }

    /// Reasoning is over, or the answer is.
    pub fn close(&mut self, out: &mut String) {
        if self.is_open() {
            out.push_str(&self.close);
            self.state = State::Behind;
        }
    }
}
