//! One choice of an answer.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::chat::Choice as Said;
use yallmp_sdk::json::{Array, Object};

use crate::cumulative::Cumulative;
use crate::ledger::{Ledger, Source};
use crate::piece::{Piece, add};
use crate::scanner::Scanner;
use crate::settings::Settings;
use crate::target::{Span, Target};

pub struct Choice {
    pub index: u64,
    pub scanner: Scanner,
    pub span: Option<Span>,
    ledger: Ledger,
    details: Cumulative,
    /// Text or a call went out.
    has_answer: bool,
    pub finished: bool,
}

/// What becomes of a delta.
pub struct Patched<'a> {
    /// Deltas of chunks of their own, before this one.
    pub before: Vec<Object<'static>>,
    pub delta: Object<'a>,
}

/// Fields that hold reasoning, the most telling first.
const FIELDS: [(&str, Source); 3] = [
    ("reasoning_content", Source::ReasoningContent),
    ("reasoning", Source::Reasoning),
    ("thinking", Source::Thinking),
];

impl Choice {
    pub fn new(index: u64, settings: &Settings, opened: bool, whole: bool) -> Self {
        let span = settings.written();
        Choice {
            index,
            scanner: Scanner::new(settings.looked_for(opened, whole)),
            span: span.map(|tags| Span::new(tags, settings.multi_span)),
            ledger: Ledger::default(),
            details: Cumulative::default(),
            has_answer: false,
            finished: false,
        }
    }

    /// Whether every event must be seen.
    pub fn needs_all(&self) -> bool {
        let open = self.span.as_ref().is_some_and(Span::is_open);
        !self.finished && (open || !self.scanner.is_plain())
    }

    /// Whether any reasoning came.
    pub fn has_reasoned(&self) -> bool {
        !self.ledger.total().is_empty()
    }

    /// The server has a parser, and woke us with its first reasoning: what follows is not shown,
    /// so no tag that comes later begins the text.
    pub fn begin_in_text_if_parsed(&mut self) {
        if self.has_fields() && self.scanner.is_at_start() {
            self.scanner.begin_in_text();
        }
    }

    /// The delta that a whole `message` in a stream stands for: all of it where nothing came before,
    /// else the reasoning, if none came.
    pub fn last_message<'a>(&self, said: &Said<'_, 'a>, is_first: bool) -> Option<Object<'a>> {
        let message = said.object().get("message")?.as_object()?;
        if is_first && said.delta().is_none() {
            return Some(message.clone());
        }
        let fields = FIELDS.iter().map(|(name, _)| *name);
        let reasons = |name: &&str| message.get(name).is_some_and(|it| !it.is_null());
        let mut delta = said.delta().cloned().unwrap_or_default();
        let mut found = fields
            .chain(["reasoning_details"])
            .filter(reasons)
            .peekable();
        if self.has_reasoned() || found.peek().is_none() {
            return None;
        }
        for name in found {
            if let Some(value) = message.get(name).filter(|_| !delta.contains(name)) {
                delta.set(name, value.clone());
            }
        }
        Some(delta)
    }

    /// What a delta becomes.
    pub fn read<'a>(
        &mut self,
        settings: &Settings,
        delta: &Object<'a>,
        finish: Option<&str>,
    ) -> Patched<'a> {
        let mut rest = delta.clone();
        let mut pieces = Vec::new();
        drop_nothings(&mut rest);
        if settings.target == Target::Auto {
            self.keep_fields(settings, &mut rest, &mut pieces);
        } else {
            self.take_fields(settings, &mut rest, &mut pieces);
        }
        if pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Reasoning(_)))
            || self.has_fields()
        {
            self.scanner.is_parsed();
        }
        let took_content = self.take_content(&mut rest, &mut pieces);
        let calls = rest.contains("tool_calls");
        if finish.is_some() || calls {
            self.flush(&mut pieces);
        }
        self.has_answer |= calls
            || pieces
                .iter()
                .any(|it| matches!(it, Piece::Content(text) if !text.trim().is_empty()));
        if finish == Some("stop") && settings.promote && !self.has_answer {
            add(&mut pieces, Piece::Content(self.ledger.total().to_string()));
        }
        self.finished |= finish.is_some();
        self.write(
            settings,
            pieces,
            rest,
            took_content,
            finish.is_some() || calls,
        )
    }

    /// The answer ended without a finish: what is still held.
    pub fn close(&mut self, settings: &Settings) -> Vec<Object<'static>> {
        let mut pieces = Vec::new();
        if !self.finished {
            self.flush(&mut pieces);
        }
        let patched = self.write(settings, pieces, Object::new(), false, true);
        let last = patched.delta.into_owned();
        let mut deltas = patched.before;
        deltas.extend((!last.is_empty()).then_some(last));
        deltas
    }

    fn has_fields(&self) -> bool {
        FIELDS.iter().any(|(_, source)| self.ledger.has(*source))
            || self.ledger.has(Source::Details)
    }

    fn flush(&mut self, pieces: &mut Vec<Piece>) {
        let mut found = Vec::new();
        self.scanner.read("", true, &mut found);
        self.note(found, pieces);
    }

    /// Reasoning found in the text, less what a field said already.
    fn note(&mut self, found: Vec<Piece>, pieces: &mut Vec<Piece>) {
        for piece in found {
            let piece = match piece {
                Piece::Reasoning(text) => Piece::Reasoning(self.ledger.add(Source::Content, &text)),
                content => content,
            };
            add(pieces, piece);
        }
    }

    /// Target auto: fields stay as they came, unless they repeat what stood between tags.
    fn keep_fields(&mut self, settings: &Settings, rest: &mut Object<'_>, pieces: &mut Vec<Piece>) {
        let mut has_text = false;
        let details = rest.get("reasoning_details").and_then(Json::as_array);
        let detail = details.map(|details| (text_of(details), details.len()));
        let mut detail_text = String::new();
        if let Some((text, len)) = detail {
            let new = match settings.may_be_cumulative {
                true => self.details.new_part(&text),
                false => text.clone(),
            };
            if new != text && len == 1 {
                set_text(rest, &new);
            }
            detail_text = self.ledger.add(Source::Details, &new);
        }
        for (name, source) in FIELDS {
            let Some(text) = rest
                .get(name)
                .and_then(Json::as_str)
                .map(ToString::to_string)
            else {
                continue;
            };
            let new = self.ledger.add(source, &text);
            let is_copy = new != text && self.ledger.has(Source::Content);
            if source == Source::Thinking || is_copy {
                rest.remove(name);
                add(pieces, Piece::Reasoning(new));
            } else {
                has_text = true;
            }
        }
        // Most clients read no details.
        let fields =
            self.ledger.has(Source::ReasoningContent) || self.ledger.has(Source::Reasoning);
        if !has_text && !fields {
            add(pieces, Piece::Reasoning(detail_text));
        }
    }

    /// Takes all reasoning out of the fields. Details that hold more than text stay: they have
    /// to come back to the backend as they were.
    fn take_fields(&mut self, settings: &Settings, rest: &mut Object<'_>, pieces: &mut Vec<Piece>) {
        if let Some(details) = rest.get("reasoning_details").and_then(Json::as_array) {
            let text = text_of(details);
            let new = match settings.may_be_cumulative {
                true => self.details.new_part(&text),
                false => text.clone(),
            };
            let own = self.ledger.add(Source::Details, &new);
            let as_it_is = settings.target == Target::ReasoningDetails && new == text;
            if !as_it_is {
                add(pieces, Piece::Reasoning(own));
                let kept: Array<'_> = details.iter().filter(|it| is_sealed(it)).cloned().collect();
                match kept.is_empty() || settings.target == Target::Drop {
                    true => drop(rest.remove("reasoning_details")),
                    false => rest.set("reasoning_details", kept),
                }
            }
        }
        for (name, source) in FIELDS {
            if let Some(text) = rest.remove(name).as_ref().and_then(Json::as_str) {
                let new = self.ledger.add(source, text);
                add(pieces, Piece::Reasoning(new));
            }
        }
    }

    /// Returns whether the content is to be written anew.
    fn take_content(&mut self, rest: &mut Object<'_>, pieces: &mut Vec<Piece>) -> bool {
        let mut found = Vec::new();
        match rest.get("content") {
            Some(Json::String(text)) if !text.as_str().is_empty() => {
                self.scanner.read(text.as_str(), false, &mut found);
            }
            Some(Json::Array(parts)) => {
                for part in parts {
                    for piece in part_pieces(part) {
                        match piece {
                            Piece::Content(text) => self.scanner.read(&text, false, &mut found),
                            reasoning => add(&mut found, reasoning),
                        }
                    }
                }
            }
            _ => return false,
        }
        self.note(found, pieces);
        true
    }

    fn write<'a>(
        &mut self,
        settings: &Settings,
        pieces: Vec<Piece>,
        mut rest: Object<'a>,
        took_content: bool,
        ends: bool,
    ) -> Patched<'a> {
        let pieces = match (&mut self.span, settings.target) {
            (Some(span), _) => {
                let mut text = String::new();
                span.write(&pieces, &mut text);
                if ends {
                    span.close(&mut text);
                }
                let mut pieces = Vec::new();
                add(&mut pieces, Piece::Content(text));
                pieces
            }
            (None, Target::Drop) => {
                let content = |piece: &Piece| matches!(piece, Piece::Content(_));
                pieces.into_iter().filter(content).collect()
            }
            _ => pieces,
        };
        let content = |piece: &Piece| matches!(piece, Piece::Content(_));
        // An empty text beside reasoning ends the block of reasoning in some clients.
        let is_blank = rest.get("content").and_then(Json::as_str) == Some("");
        let reasons = pieces.iter().any(|piece| !content(piece)) && settings.target != Target::Auto;
        if !pieces.last().is_some_and(content) && (took_content || is_blank && reasons) {
            rest.remove("content");
        }
        let mut before: Vec<Object<'static>> = Vec::new();
        let last = pieces.len().wrapping_sub(1);
        for (at, piece) in pieces.iter().enumerate() {
            let members = settings.target.members(piece);
            if at == last {
                for (name, value) in members {
                    if rest.get(name) != Some(&value) {
                        merge(&mut rest, name, value);
                    }
                }
            } else {
                before.push(members.into_iter().collect());
            }
        }
        if let Some(first) = before.first_mut()
            && let Some(role) = rest.remove("role")
        {
            let members = own(first);
            *first = [("role", role.into_owned())]
                .into_iter()
                .chain(members)
                .collect();
        }
        Patched {
            before,
            delta: rest,
        }
    }
}

/// Adds a member; details go to those that are there.
fn merge<'a>(rest: &mut Object<'a>, name: &str, value: Json<'static>) {
    let before = rest.get_mut(name).and_then(Json::as_array_mut);
    match (name, before, &value) {
        ("reasoning_details", Some(before), Json::Array(more)) => {
            before.items_mut().extend(more.iter().cloned());
        }
        _ => rest.set(name, value),
    }
}

fn own(object: &Object<'static>) -> Vec<(&'static str, Json<'static>)> {
    const NAMES: [&str; 4] = [
        "content",
        "reasoning_content",
        "reasoning",
        "reasoning_details",
    ];
    let member = |name: &&'static str| Some((*name, object.get(name)?.clone()));
    NAMES.iter().filter_map(member).collect()
}

/// Members that say nothing.
fn drop_nothings(delta: &mut Object<'_>) {
    for name in [
        "reasoning_content",
        "reasoning",
        "thinking",
        "reasoning_details",
        "tool_calls",
    ] {
        let nothing = match delta.get(name) {
            Some(Json::Null) => true,
            Some(Json::String(text)) => name != "tool_calls" && text.as_str().is_empty(),
            Some(Json::Array(items)) => items.is_empty(),
            _ => false,
        };
        if nothing {
            delta.remove(name);
        }
    }
}

fn text_of(details: &Array<'_>) -> String {
    let text = |detail: &Json<'_>| {
        let text = detail.get("text").or_else(|| detail.get("summary"))?;
        text.as_str().map(ToString::to_string)
    };
    details.iter().filter_map(text).collect()
}

fn set_text(rest: &mut Object<'_>, text: &str) {
    let details = rest
        .get_mut("reasoning_details")
        .and_then(Json::as_array_mut);
    if let Some(detail) = details.and_then(|details| details.get_mut(0)) {
        let name = if detail.get("text").is_some() {
            "text"
        } else {
            "summary"
        };
        detail.set(name, text.to_string());
    }
}

/// Holds a signature, or what only its maker can read, or is of a maker that signs: then the
/// signature of a streamed text comes last, and is for all of it.
fn is_sealed(detail: &Json<'_>) -> bool {
    let has = |name: &str| detail.get(name).is_some_and(|value| !value.is_null());
    let format = detail.get("format").and_then(Json::as_str);
    let signs = format.is_some_and(|format| format != "unknown");
    has("signature") || has("data") || signs
}

/// A part of Mistral's content: text, or a list of texts that are thinking.
fn part_pieces(part: &Json<'_>) -> Vec<Piece> {
    let text = |json: &Json<'_>| {
        json.get("text")
            .and_then(Json::as_str)
            .map(ToString::to_string)
    };
    match part {
        Json::String(text) => [Piece::Content(text.as_str().to_string())].into(),
        _ => match part.get("thinking") {
            Some(Json::Array(parts)) => parts
                .iter()
                .filter_map(text)
                .map(Piece::Reasoning)
                .collect(),
            Some(Json::String(text)) => [Piece::Reasoning(text.as_str().to_string())].into(),
            _ => text(part).map(Piece::Content).into_iter().collect(),
        },
    }
}
