//! Bytes, cut anywhere, to frames.

use bytes::{Buf, Bytes, BytesMut};
use bytestring::ByteString;
use memchr::memchr2;

use super::{BOM, Frame, Kind};

/// Cuts a stream of bytes into frames. Does no I/O; feed it with `push`, take with `frame`.
/// Never copies more than what it must join: a frame inside one pushed piece is a slice of
/// that piece.
#[derive(Debug)]
pub struct Framer {
    /// What is not framed yet. A piece that is pushed while this is empty is kept as it is.
    pending: Pending,
    /// `pending` is searched for the end of a frame up to here: the beginning of a line.
    line: usize,
    /// Within the line that begins at `line`, no line end stands before this place.
    searched: usize,
    /// The last frame ended with CR; an LF that follows ends no line.
    after_cr: bool,
    at_start: bool,
    max_frame: usize,
}

#[derive(Debug)]
enum Pending {
    /// A slice of what was pushed.
    Piece(Bytes),
    /// Joined pieces.
    Joined(BytesMut),
}

impl Pending {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Piece(bytes) => bytes,
            Self::Joined(bytes) => bytes,
        }
    }

    fn take(&mut self, n: usize) -> Bytes {
        match self {
            Self::Piece(bytes) => bytes.split_to(n),
            Self::Joined(bytes) => {
                let taken = bytes.split_to(n).freeze();
                if bytes.is_empty() {
                    *self = Self::Piece(Bytes::new());
                }
                taken
            }
        }
    }

    fn push(&mut self, piece: Bytes) {
        match self {
            Self::Piece(bytes) if bytes.is_empty() => *self = Self::Piece(piece),
            Self::Piece(bytes) => {
                let mut joined = BytesMut::with_capacity((bytes.len() + piece.len()).max(1024));
                joined.extend_from_slice(bytes);
                joined.extend_from_slice(&piece);
                *self = Self::Joined(joined);
            }
            Self::Joined(bytes) => bytes.extend_from_slice(&piece),
        }
    }

    fn advance(&mut self, n: usize) {
        match self {
            Self::Piece(bytes) => bytes.advance(n),
            Self::Joined(bytes) => bytes.advance(n),
        }
    }
}

/// A frame is longer than the limit. The framer is of no further use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {0} bytes")]
pub struct TooLong(pub usize);

impl Framer {
    /// `max_frame`: the longest frame, in bytes.
    pub fn new(max_frame: usize) -> Self {
        Self {
            pending: Pending::Piece(Bytes::new()),
            line: 0,
            searched: 0,
            after_cr: false,
            at_start: true,
            max_frame,
        }
    }

    pub fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.pending.push(piece);
        }
    }

    /// The next whole frame, if there is one.
    ///
    /// A blank line that is a CR at the very end of what was pushed ends its frame at once;
    /// if an LF follows, the next frame's bytes begin with it.
    pub fn frame(&mut self) -> Option<Result<Frame, TooLong>> {
        self.skip_start();
        let end = match self.find_end() {
            Some(end) => end,
            None if self.pending.bytes().len() > self.max_frame => {
                return Some(Err(TooLong(self.max_frame)));
            }
            None => return None,
        };
        if end > self.max_frame {
            return Some(Err(TooLong(self.max_frame)));
        }
        let raw = self.pending.take(end);
        self.line = 0;
        self.searched = 0;
        self.after_cr = raw.last() == Some(&b'\r');
        let kind = read(&raw);
        Some(Ok(Frame { raw, kind }))
    }

    /// The end of input: what is left without a blank line behind it. The specification
    /// drops it; backends that forget the last line feed mean it.
    pub fn finish(&mut self) -> Option<Frame> {
        self.skip_start();
        let n = self.pending.bytes().len();
        (n > 0).then(|| {
            let raw = self.pending.take(n);
            self.line = 0;
            self.searched = 0;
            let kind = read(&raw);
            Frame { raw, kind }
        })
    }

    fn skip_start(&mut self) {
        let bytes = self.pending.bytes();
        if self.at_start && !bytes.is_empty() {
            if bytes.starts_with(BOM) {
                self.pending.advance(BOM.len());
            } else if BOM.starts_with(bytes) {
                return; // Part of a mark; wait.
            }
            self.at_start = false;
        }
        if self.after_cr && !self.pending.bytes().is_empty() {
            if self.pending.bytes()[0] == b'\n' {
                self.line = 1;
            }
            self.after_cr = false;
        }
    }

    /// The place behind the blank line that ends the first frame.
    fn find_end(&mut self) -> Option<usize> {
        if self.at_start {
            return None;
        }
        let bytes = self.pending.bytes();
        loop {
            let from = self.line.max(self.searched);
            let Some(n) = memchr2(b'\n', b'\r', &bytes[from..]) else {
                self.searched = bytes.len();
                return None;
            };
            let end_of_line = from + n;
            let mut next = end_of_line + 1;
            if bytes[end_of_line] == b'\r' {
                match bytes.get(next) {
                    Some(b'\n') => next += 1,
                    Some(_) => {}
                    // A blank line that ends in CR ends the frame now. Another line's CR
                    // may be half of a CRLF: look again when more is there.
                    None if end_of_line > self.line => {
                        self.searched = end_of_line;
                        return None;
                    }
                    None => {}
                }
            }
            let blank = end_of_line == self.line;
            self.line = next;
            self.searched = next;
            if blank {
                return Some(next);
            }
        }
    }
}

/// What a frame says. A frame has one data line nearly always; that case copies nothing.
fn read(raw: &Bytes) -> Kind {
    let mut name = None;
    let mut data: Option<Bytes> = None;
    let mut joined: Option<BytesMut> = None;
    let mut at = 0;
    while at < raw.len() {
        let end = memchr2(b'\n', b'\r', &raw[at..]).map_or(raw.len(), |n| at + n);
        let line = at..end;
        at = end + 1;
        let Some(colon) = memchr::memchr(b':', &raw[line.clone()]) else {
            continue;
        };
        let field = &raw[line.start..line.start + colon];
        let mut value = line.start + colon + 1..line.end;
        if raw.get(value.start) == Some(&b' ') && value.start < value.end {
            value.start += 1;
        }
        match field {
            b"data" => match (&data, &mut joined) {
                (None, _) => data = Some(raw.slice(value)),
                (Some(first), None) => {
                    let mut all = BytesMut::from(&first[..]);
                    all.extend_from_slice(b"\n");
                    all.extend_from_slice(&raw[value]);
                    joined = Some(all);
                }
                (Some(_), Some(all)) => {
                    all.extend_from_slice(b"\n");
                    all.extend_from_slice(&raw[value]);
                }
            },
            b"event" => name = Some(raw.slice(value)),
            _ => {}
        }
    }
    let Some(data) = joined.map(BytesMut::freeze).or(data) else {
        return Kind::Comment;
    };
    if data.trim_ascii() == b"[DONE]" {
        return Kind::Done;
    }
    let Ok(data) = ByteString::try_from(data) else {
        return Kind::Unreadable;
    };
    match name.map(ByteString::try_from).transpose() {
        Ok(name) => Kind::Data {
            name: name.filter(|n| !n.is_empty()),
            data,
        },
        Err(_) => Kind::Unreadable,
    }
}
