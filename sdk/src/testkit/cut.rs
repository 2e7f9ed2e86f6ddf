//! The same answer, streamed in other pieces: what a plugin says must not depend on where the
//! backend happened to cut.

use std::string::{String, ToString};
use std::vec::Vec;

use crate::json::Object;
use crate::{Chunk, Json, whole};

/// The members of a delta whose text backends cut anywhere.
const TEXTS: [&str; 3] = ["content", "reasoning_content", "reasoning"];

/// The chunks in which a whole chat completion would be streamed; none if it is not one.
#[must_use]
pub fn chunks(answer: &str) -> Option<Vec<String>> {
    whole::apart(&Json::parse(answer).ok()?)
}

/// What the chunks of a stream add up to: one whole chat completion.
///
/// # Panics
/// An event is not JSON.
#[must_use]
pub fn collect<S: AsRef<str>>(events: &[S]) -> String {
    let events: Vec<&str> = events.iter().map(AsRef::as_ref).collect();
    let nothing = Json::object();
    whole::together(&nothing, &events)
        .expect("events are JSON")
        .to_text()
}

/// The stream with every text cut into single characters.
#[must_use]
pub fn single_chars<S: AsRef<str>>(events: &[S]) -> Vec<String> {
    let cut = |event: &S| match text_of(event.as_ref()) {
        Some(text) => text
            .piece
            .chars()
            .map(|piece| text.with(piece.encode_utf8(&mut [0; 4])))
            .collect(),
        None => Vec::from([event.as_ref().to_string()]),
    };
    events.iter().flat_map(cut).collect()
}

/// Every stream that differs from this one by one more cut inside a text.
pub fn cuts<S: AsRef<str>>(events: &[S]) -> impl Iterator<Item = Vec<String>> {
    events.iter().enumerate().flat_map(move |(at, event)| {
        let text = text_of(event.as_ref());
        let places: Vec<usize> = text
            .iter()
            .flat_map(|text| text.piece.char_indices().skip(1))
            .map(|(place, _)| place)
            .collect();
        places.into_iter().filter_map(move |place| {
            let text = text_of(event.as_ref())?;
            let (first, second) = text.piece.split_at(place);
            let mut cut: Vec<String> = events.iter().map(|e| e.as_ref().to_string()).collect();
            cut.splice(at..=at, [text.with(first), text.with(second)]);
            Some(cut)
        })
    })
}

/// A chunk whose only choice has a delta with one text and nothing else.
struct DeltaText<'a> {
    chunk: Chunk<'a>,
    name: &'static str,
    piece: String,
}

impl DeltaText<'_> {
    fn with(&self, piece: &str) -> String {
        let mut chunk = self.chunk.clone();
        chunk.set_delta(0, self.name, piece.to_string());
        chunk.into_json().to_text()
    }
}

fn text_of(event: &str) -> Option<DeltaText<'_>> {
    let chunk = Chunk::parse(event)?;
    let choice = chunk.choice(0).filter(|_| chunk.len() == 1)?;
    let delta = choice
        .delta()
        .filter(|_| choice.finish_reason().is_none())?;
    let speaks = |name: &str| delta.get(name)?.as_str().filter(|text| !text.is_empty());
    let name = TEXTS.into_iter().find(|name| speaks(name).is_some())?;
    let alone = Object::iter(delta).all(|(other, value)| other == name || value.is_null());
    let piece = speaks(name).filter(|_| alone)?.to_string();
    Some(DeltaText { chunk, name, piece })
}
