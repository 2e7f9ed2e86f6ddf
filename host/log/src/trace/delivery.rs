//! What the client of a stream got, frame by frame. A log says what came in, and of what went
//! out only what is different; this puts the two together.

use std::time::Duration;

use bytes::Bytes;
use yallmp_core::body::{RequestBody, is_object};
use yallmp_core::chain::EndReason;
use yallmp_core::dialect::{self, Dialect};
use yallmp_core::sse::{self, Framer, Kind};
use yallmp_core::tape::{self, End, EventChange, Note, Timed};

/// A frame that went to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub at: Duration,
    pub raw: Bytes,
    /// Number of the backend's event with which it went out; None: of none.
    pub event: Option<u32>,
    /// It is that event as it came.
    pub same: bool,
}

/// The frames of a stream, `[DONE]` with them; comments of the proxy are not in a log. None
/// if no stream was begun. `notes`: those of one exchange, of which some may be yet to come.
pub fn frames(notes: &[Timed]) -> Option<Vec<Frame>> {
    let is_attempt = |timed: &Timed| matches!(timed.note, Note::Attempt(_));
    let last = &notes[notes.iter().rposition(is_attempt).unwrap_or(0)..];
    let commit = last.iter().find(|timed| timed.note == Note::Committed)?;
    let request = notes.iter().find_map(|timed| match &timed.note {
        Note::Request(request) => Some(request),
        _ => None,
    });
    let mut stream = Stream {
        dialect: request.map_or(Dialect::Other, |request| Dialect::of(&request.path)),
        hides_usage: !request.is_some_and(|request| includes_usage(request)),
        frames: Vec::new(),
        current: None,
        last: None,
        swallowed: None,
        events: 0,
    };
    for timed in last {
        stream.note(timed);
    }
    stream.settle();
    for frame in &mut stream.frames {
        // What came before the commit waited for it.
        frame.at = frame.at.max(commit.at);
    }
    Some(stream.frames)
}

/// What came in and is not said to be changed went out as it was.
struct Stream {
    dialect: Dialect,
    /// The client did not ask for the chunk of usage, so it was left out.
    hides_usage: bool,
    frames: Vec<Frame>,
    /// An event that came in, and what the last plugin to touch it did.
    current: Option<(Frame, Option<EventChange>)>,
    /// Number of the last event that came in.
    last: Option<u32>,
    /// Where the last event would stand if it went out after all.
    swallowed: Option<(usize, Frame)>,
    /// How many of `frames` are events of the answer.
    events: u64,
}

impl Stream {
    fn note(&mut self, Timed { at, note }: &Timed) {
        match note {
            Note::EventIn { number: 0, raw } => {
                self.settle();
                self.aside(*at, raw);
            }
            Note::EventIn { number, raw } => {
                self.settle();
                self.swallowed = None;
                self.last = Some(*number);
                let frame = Frame {
                    at: *at,
                    raw: raw.clone(),
                    event: Some(*number),
                    same: true,
                };
                self.current = Some((frame, None));
            }
            Note::EventPatched(note) => {
                if let Some((current, change)) = &mut self.current
                    && current.event == Some(note.number)
                {
                    *change = Some(note.what);
                }
            }
            Note::EventOut { raw } => {
                if let Some((came, _)) = self.current.take() {
                    self.swallowed = Some((self.frames.len(), came));
                }
                self.frames.push(Frame {
                    at: *at,
                    raw: raw.clone(),
                    event: self.last,
                    same: false,
                });
                self.events += 1;
            }
            Note::Committed | Note::Warning(_) => self.settle(),
            Note::AttemptFailed { .. } => {
                self.settle();
                // The error that follows is the proxy's.
                self.last = None;
                self.events = self.events.saturating_sub(1);
            }
            Note::End(end) => self.end(*at, end),
            _ => {}
        }
    }

    /// The event that came in goes out as it came, if nothing says otherwise.
    fn settle(&mut self) {
        let Some((frame, change)) = self.current.take() else {
            return;
        };
        let is_kept = change.is_some_and(|change| change.released == 0);
        if is_kept || !self.goes_out(&frame.raw) {
            self.swallowed = Some((self.frames.len(), frame));
            return;
        }
        self.frames.push(frame);
        self.events += 1;
    }

    fn goes_out(&self, raw: &Bytes) -> bool {
        let Some(Kind::Data { name, data }) = kind(raw) else {
            return false;
        };
        let is_hidden = self.hides_usage && dialect::is_usage_only(&data);
        is_object(&data) && self.dialect.failure(name.as_deref(), &data).is_none() && !is_hidden
    }

    /// A frame that is no event: comments go through, `[DONE]` where it means nothing.
    fn aside(&mut self, at: Duration, raw: &Bytes) {
        let goes_out = match kind(raw) {
            Some(Kind::Comment) => true,
            Some(Kind::Done) => self.dialect == Dialect::Other,
            _ => false,
        };
        if goes_out {
            self.own(at, raw.clone(), true);
        }
    }

    /// A frame that belongs to no event.
    fn own(&mut self, at: Duration, raw: Bytes, same: bool) {
        self.frames.push(Frame {
            at,
            raw,
            event: None,
            same,
        });
    }

    fn end(&mut self, at: Duration, end: &End) {
        self.settle();
        // What a plugin says at the very end stands in the log like something that it made of
        // the last event. The count tells whether that went out, too.
        if end.events_out == self.events + 1
            && let Some((place, frame)) = self.swallowed.take()
        {
            self.frames.insert(place, frame);
        }
        let is_whole = matches!(end.reason, Some(EndReason::Done | EndReason::EndOfInput));
        if is_whole && end.outcome == tape::Outcome::Success && self.dialect.ends_with_done() {
            self.own(at, sse::DONE, false);
        }
    }
}

fn includes_usage(request: &tape::Request) -> bool {
    let body = RequestBody::parse(request.body.clone());
    body.is_ok_and(|body| {
        body.member("stream_options").is_some_and(|options| {
            RequestBody::from_text(options.into())
                .is_ok_and(|options| options.is_true("include_usage"))
        })
    })
}

fn kind(raw: &Bytes) -> Option<Kind> {
    // The second half of a CRLF, when the first one ended the frame before.
    let start = usize::from(raw.starts_with(b"\n"));
    let mut framer = Framer::new(usize::MAX);
    framer.push(raw.slice(start..));
    let frame = match framer.frame() {
        Some(frame) => frame.ok(),
        None => framer.finish(),
    };
    Some(frame?.kind)
}
