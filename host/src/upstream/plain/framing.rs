//! Where the body of an answer ends. Takes bytes as they come, cut anywhere, and gives the
//! body's own back without copying them.

use bytes::{Buf as _, Bytes};

/// Chunk extensions and trailers, which nobody reads, may be so long.
const MAX_ASIDE: usize = 16 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes are missing.
    Length(u64),
    Chunked(Chunked),
    UntilClose,
}

/// What comes next in a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunked {
    /// A digit of the size of a chunk, or what ends it; so many digits came.
    Size(u64, u8),
    /// More of an extension; so many bytes came.
    Extension(u64, usize),
    /// The line feed after a size.
    SizeEnd(u64),
    Data(u64),
    DataEnd,
    DataFeed,
    /// A trailer, or the empty line that ends all; so many bytes of trailers came.
    Trailer(usize),
    /// More of a trailer.
    TrailerText(usize),
    /// The line feed of the empty line.
    LastFeed,
    Over,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Piece(Bytes),
    /// More must come.
    More,
    End,
}

impl Framing {
    pub fn chunked() -> Self {
        Self::Chunked(Chunked::Size(0, 0))
    }

    /// The next piece of the body in `input`, which is advanced behind it.
    ///
    /// # Errors
    /// What is wrong with the framing.
    pub fn next(&mut self, input: &mut Bytes) -> Result<Step, &'static str> {
        match self {
            Self::Length(0) => Ok(Step::End),
            Self::Length(left) | Self::Chunked(Chunked::Data(left)) if !input.is_empty() => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                let piece = input.split_to(input.len().min(most));
                *left -= piece.len() as u64;
                if let Self::Chunked(state @ Chunked::Data(0)) = self {
                    *state = Chunked::DataEnd;
                }
                Ok(Step::Piece(piece))
            }
            Self::UntilClose if !input.is_empty() => Ok(Step::Piece(std::mem::take(input))),
            Self::Chunked(state) => {
                while !matches!(state, Chunked::Data(_) | Chunked::Over) {
                    let Some(&byte) = input.first() else {
                        return Ok(Step::More);
                    };
                    input.advance(1);
                    *state = state.after(byte)?;
                }
                match state {
                    Chunked::Over => Ok(Step::End),
                    _ if input.is_empty() => Ok(Step::More),
                    _ => self.next(input),
                }
            }
            Self::Length(_) | Self::UntilClose => Ok(Step::More),
        }
    }

    /// Whether the body is whole if the connection ends here.
    pub fn may_close(&self) -> bool {
        matches!(
            self,
            Self::Length(0) | Self::UntilClose | Self::Chunked(Chunked::Over)
        )
    }
}

impl Chunked {
    fn after(self, byte: u8) -> Result<Self, &'static str> {
        const BAD_SIZE: &str = "invalid chunk size";
        Ok(match (self, byte) {
            (Self::Size(size, digits), _) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                let size = size.checked_mul(16).ok_or(BAD_SIZE)? + u64::from(digit);
                Self::Size(size, digits.saturating_add(1))
            }
            (Self::Size(_, 0), _) => return Err(BAD_SIZE),
            (Self::Size(size, _), b'\r') => Self::SizeEnd(size),
            (Self::Size(size, _), b';' | b' ' | b'\t') => Self::Extension(size, 1),
            (Self::Extension(size, _), b'\r') => Self::SizeEnd(size),
            (Self::Extension(size, length), 0x20.. | b'\t') if length < MAX_ASIDE => {
                Self::Extension(size, length + 1)
            }
            (Self::SizeEnd(0), b'\n') => Self::Trailer(0),
            (Self::SizeEnd(size), b'\n') => Self::Data(size),
            (Self::Size(..) | Self::Extension(..) | Self::SizeEnd(_), _) => return Err(BAD_SIZE),
            (Self::DataEnd, b'\r') => Self::DataFeed,
            (Self::DataFeed, b'\n') => Self::Size(0, 0),
            (Self::DataEnd | Self::DataFeed, _) => {
                return Err("a chunk that is longer than its size");
            }
            (Self::Trailer(_), b'\r') => Self::LastFeed,
            (Self::Trailer(length) | Self::TrailerText(length), _) if length >= MAX_ASIDE => {
                return Err("trailers that are too long");
            }
            (Self::TrailerText(length), b'\n') => Self::Trailer(length + 1),
            (Self::Trailer(length) | Self::TrailerText(length), _) => Self::TrailerText(length + 1),
            (Self::LastFeed, b'\n') => Self::Over,
            (Self::LastFeed, _) => return Err("a carriage return in a trailer"),
            (Self::Data(_) | Self::Over, _) => self,
        })
    }
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
