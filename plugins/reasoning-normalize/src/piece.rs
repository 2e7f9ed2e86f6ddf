use alloc::string::String;
use alloc::vec::Vec;

/// A part of an answer, whatever shape it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Reasoning(String),
    Content(String),
}

impl Piece {
    pub fn text(&self) -> &str {
        match self {
            Piece::Reasoning(text) | Piece::Content(text) => text,
        }
    }
}

/// Adds a piece; one of the same kind goes on, an empty one says nothing.
pub fn add(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (_, piece) if piece.text().is_empty() => {}
        (Some(Piece::Reasoning(text)), Piece::Reasoning(more))
        | (Some(Piece::Content(text)), Piece::Content(more)) => text.push_str(&more),
        (_, piece) => pieces.push(piece),
    }
}
