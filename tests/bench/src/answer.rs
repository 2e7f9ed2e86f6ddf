//! Takes an HTTP/1.1 answer apart as it arrives: end of body, SSE frames, first content.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use memchr::memchr;

/// The second `data:` frame of a stream is the first that has content; the first names
/// the role.
const FIRST_CONTENT: usize = 2;

/// An answer as far as it has arrived.
#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    /// Bytes of the body.
    pub bytes: usize,
    /// `data:` frames of the body, `[DONE]` included.
    pub frames: usize,
    /// When the first frame with content was complete.
    pub first_content: Option<Instant>,
    /// Reads that brought at least one frame.
    pub reads: usize,
    state: State,
    /// Head, chunk size or trailer that has only arrived in part.
    partial: Vec<u8>,
    streams: bool,
    frame: Frame,
    start: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Head,
    Length(usize),
    ChunkSize,
    Chunk(usize),
    ChunkEnd(usize),
    Trailer,
    Complete,
}

/// Where the SSE text stands.
#[derive(Debug, Default)]
struct Frame {
    /// First byte of the frame: `d` for data, `:` for a comment.
    first: Option<u8>,
    /// Bytes of the line so far.
    line: usize,
}

impl Answer {
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// How the body began: for messages.
    pub fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.start).into_owned()
    }

    pub fn feed(&mut self, mut bytes: &[u8], now: impl Fn() -> Instant) -> Result<()> {
        let frames = self.frames;
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Head => self.head(bytes)?,
                State::Length(due) => {
                    let (body, rest) = bytes.split_at(due.min(bytes.len()));
                    self.body(body);
                    self.state = match due - body.len() {
                        0 => State::Complete,
                        due => State::Length(due),
                    };
                    rest
                }
                State::ChunkSize => self.chunk_size(bytes)?,
                State::Chunk(due) => {
                    let (body, rest) = bytes.split_at(due.min(bytes.len()));
                    self.body(body);
                    self.state = match due - body.len() {
                        0 => State::ChunkEnd(2),
                        due => State::Chunk(due),
                    };
                    rest
                }
                State::ChunkEnd(due) => {
                    let n = due.min(bytes.len());
                    self.state = if n == due {
                        State::ChunkSize
                    } else {
                        State::ChunkEnd(due - n)
                    };
                    &bytes[n..]
                }
                State::Trailer => match self.line(bytes)? {
                    (Some(line), rest) => {
                        if line.is_empty() {
                            self.state = State::Complete;
                        }
                        rest
                    }
                    (None, rest) => rest,
                },
                State::Complete => bail!("{} bytes after the end of the answer", bytes.len()),
            };
        }
        if self.frames > frames {
            self.reads += 1;
        }
        if self.first_content.is_none() && self.frames >= FIRST_CONTENT {
            self.first_content = Some(now());
        }
        Ok(())
    }

    fn head<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        let known = self.partial.len();
        self.partial.extend_from_slice(bytes);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(length) = response.parse(&self.partial)? else {
            return Ok(&[]);
        };
        self.status = response.code.unwrap_or_default();
        let value = |name: &str| {
            let header = response
                .headers
                .iter()
                .find(|h| h.name.eq_ignore_ascii_case(name));
            header.and_then(|h| std::str::from_utf8(h.value).ok())
        };
        self.streams = value("content-type").is_some_and(|v| v.starts_with("text/event-stream"));
        self.state = match (value("transfer-encoding"), value("content-length")) {
            (Some(_), _) => State::ChunkSize,
            (None, Some(length)) => match length.parse()? {
                0 => State::Complete,
                due => State::Length(due),
            },
            (None, None) => bail!("an answer without content-length or chunks"),
        };
        self.partial.clear();
        Ok(&bytes[length - known..])
    }

    fn chunk_size<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        let (line, rest) = self.line(bytes)?;
        if let Some(line) = line {
            let size = line.split(';').next().unwrap_or_default().trim();
            self.state = match usize::from_str_radix(size, 16)
                .with_context(|| format!("chunk size {size:?}"))?
            {
                0 => State::Trailer,
                size => State::Chunk(size),
            };
        }
        Ok(rest)
    }

    /// A line without its line break, once it is whole.
    fn line<'a>(&mut self, bytes: &'a [u8]) -> Result<(Option<String>, &'a [u8])> {
        let end = memchr(b'\n', bytes);
        let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |at| at + 1));
        self.partial.extend_from_slice(line);
        if end.is_none() {
            return Ok((None, rest));
        }
        let line = std::str::from_utf8(&self.partial)
            .context("chunk framing")?
            .trim_end()
            .to_owned();
        self.partial.clear();
        Ok((Some(line), rest))
    }

    fn body(&mut self, mut bytes: &[u8]) {
        self.bytes += bytes.len();
        if self.start.len() < 256 {
            self.start.extend_from_slice(&bytes[..bytes.len().min(256)]);
        }
        if !self.streams {
            return;
        }
        while let Some(&first) = bytes.first() {
            self.frame.first.get_or_insert(first);
            let Some(end) = memchr(b'\n', bytes) else {
                self.frame.line += bytes.len();
                return;
            };
            if self.frame.line + end == 0 {
                self.frames += usize::from(self.frame.first == Some(b'd'));
                self.frame = Frame::default();
            }
            self.frame.line = 0;
            bytes = &bytes[end + 1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
        9\r\ndata: 1\n\n\r\n5\r\n: hi\n\r\n1\r\n\n\r\n12\r\ndata: 2\n\ndata: 3\n\n\r\n0\r\n\r\n";

    #[test]
    fn frames_are_counted_wherever_the_bytes_are_cut() {
        for cut in 0..STREAM.len() {
            let mut answer = Answer::default();
            answer.feed(&STREAM[..cut], Instant::now).unwrap();
            answer.feed(&STREAM[cut..], Instant::now).unwrap();
            assert!(answer.is_complete(), "cut at {cut}");
            assert_eq!(
                (answer.status, answer.frames, answer.bytes),
                (200, 3, 33),
                "cut at {cut}"
            );
            assert!(answer.first_content.is_some());
        }
    }

    #[test]
    fn a_whole_answer_ends_with_its_length() {
        let mut answer = Answer::default();
        answer
            .feed(
                b"HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\nab",
                Instant::now,
            )
            .unwrap();
        assert!(!answer.is_complete());
        answer.feed(b"cd", Instant::now).unwrap();
        assert!(answer.is_complete());
        assert_eq!((answer.status, answer.excerpt().as_str()), (503, "abcd"));
    }

    #[test]
    fn bytes_behind_the_end_are_an_error() {
        let mut answer = Answer::default();
        assert!(
            answer
                .feed(
                    b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab",
                    Instant::now
                )
                .is_err()
        );
    }
}
