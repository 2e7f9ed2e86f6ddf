//! A stream in between: a backend's bytes in, the client's bytes out. Knows frames, the
//! chain and the rules of a complete answer; knows nothing of time.

mod ending;
mod out;

use std::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;
use http::HeaderMap;

use crate::body;
use crate::chain::{ChainFailure, Event, EventKind, Run, Told};
use crate::config::BadEvent;
use crate::dialect::{self, Dialect, Twin};
use crate::route::Failure;
use crate::sse::{self, Frame, Framer, Kind};
use crate::tape::{Like, Note, Tape};
pub(super) use out::BYTES as OUT_BYTES;
use out::Out;

pub(super) struct Pump {
    framer: Framer,
    run: Run,
    dialect: Dialect,
    bad_event: BadEvent,
    /// The client did not ask for the usage chunk.
    hide_usage: bool,
    /// Events that came, `[DONE]` and comments not counted.
    number: u32,
    out: Out,
    progress: Progress,
    /// The last event that was read: to make a missing end in its image, to search and to log
    /// of the next what differs,
    last: Option<Last>,
    /// and to see that it says the same.
    twin: Twin,
    /// It may carry usage.
    last_has_usage: bool,
    /// The event that ended the answer.
    end: Option<ByteString>,
    /// The last event that carried usage.
    usage: Option<ByteString>,
    /// The event in which the backend itself said that it failed, where the API has one.
    last_words: Option<Bytes>,
    events: Vec<Event>,
}

/// The frame of an event.
struct Last {
    number: u32,
    raw: Bytes,
    /// Where its data stands.
    place: Option<Range<usize>>,
}

impl Last {
    /// What the data of both has in common, if the frames are `like` so.
    fn data_like(&self, next: &Self, like: Like) -> Option<Like> {
        let (this, that) = (self.place.as_ref()?, next.place.as_ref()?);
        let behind = self.raw.len() - this.end;
        if this.start != that.start || behind != next.raw.len() - that.end {
            return None;
        }
        let shorter = this.len().min(that.len());
        let alike = like.alike.within(this.start, behind, shorter);
        Some(Like { alike, ..like })
    }
}

/// How far an answer has come.
#[derive(Debug, Default, Clone, Copy)]
struct Progress {
    /// Something meaningful came.
    begun: bool,
    /// Something meaningful goes out: the moment of commit.
    committed: bool,
    finished: bool,
    done: bool,
    calls: bool,
}

/// Whether a stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Open,
    /// And what came is a part of an event.
    Part,
    /// `[DONE]` came; what follows is ignored.
    Done,
}

pub(super) struct Settings {
    pub max_event_bytes: usize,
    pub bad_event: BadEvent,
    pub hide_usage: bool,
}

impl Pump {
    pub(super) fn new(run: Run, dialect: Dialect, settings: &Settings) -> Self {
        Self {
            framer: Framer::new(settings.max_event_bytes),
            run,
            dialect,
            bad_event: settings.bad_event,
            hide_usage: settings.hide_usage,
            number: 0,
            out: Out::default(),
            progress: Progress::default(),
            last: None,
            twin: Twin::default(),
            last_has_usage: false,
            end: None,
            usage: None,
            last_words: None,
            events: Vec::new(),
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.progress.begun
    }

    /// The reason of the end came: the answer is whole.
    pub(super) fn is_finished(&self) -> bool {
        self.progress.finished
    }

    pub(super) fn is_committed(&self) -> bool {
        self.progress.committed
    }

    /// The chain, for an answer that is an error.
    pub(super) fn run(&mut self) -> &mut Run {
        &mut self.run
    }

    /// Bytes that wait for the client.
    pub(super) fn waiting(&self) -> usize {
        self.out.len()
    }

    pub(super) fn take(&mut self) -> Bytes {
        self.out.take()
    }

    pub(super) fn commit(&mut self) {
        self.progress.committed = true;
        self.run.commit();
    }

    /// What plugins noted up to now.
    pub(super) fn take_told(&mut self) -> Vec<Told> {
        self.run.take_told()
    }

    /// Take in a piece of the backend's bytes.
    pub(super) async fn push(&mut self, piece: Bytes, tape: &mut Tape) -> Result<Flow, Failure> {
        self.framer.push(piece);
        let mut flow = Flow::Part;
        while let Some(frame) = self.framer.frame() {
            let frame = frame.map_err(|e| Failure::NoAnswer(e.to_string()))?;
            flow = self.frame(frame, tape).await?;
            if flow == Flow::Done {
                break;
            }
        }
        Ok(flow)
    }

    /// Whether anyone must be told of the end.
    pub(super) fn has_plugins(&self) -> bool {
        self.run.is_live()
    }

    async fn frame(&mut self, frame: Frame, tape: &mut Tape) -> Result<Flow, Failure> {
        // Frames that are no events: a replay needs them, and nothing else tells of them.
        if !matches!(frame.kind, Kind::Data { .. }) {
            tape.frame(0, &frame.raw, None);
        }
        let place = frame.place();
        match frame.kind {
            Kind::Comment => self.out.push(frame.raw),
            Kind::Done => {
                // Where it is no end, it ends nothing; what is not understood is passed on.
                if self.dialect.ends_with_event() {
                    return Ok(Flow::Open);
                }
                if self.dialect == Dialect::Other {
                    self.out.push(frame.raw);
                }
                self.progress.done = true;
                return Ok(Flow::Done);
            }
            Kind::Unreadable => self.bad(&frame.raw, "is not UTF-8", tape)?,
            Kind::Data { name, data } => {
                self.number += 1;
                tape.end().events_in += 1;
                let last = self.last.as_ref();
                let like = last.map(|last| Like::of(last.number, &last.raw, &frame.raw));
                tape.frame(self.number, &frame.raw, like);
                if name.is_some() || !self.is_twin(&frame.raw, like) {
                    if !body::is_object(&data) {
                        self.bad(&frame.raw, "is not a JSON object", tape)?;
                        return Ok(Flow::Open);
                    }
                    self.read(name.as_deref(), &data, &frame.raw)?;
                }
                let next = Last {
                    number: self.number,
                    raw: frame.raw.clone(),
                    place,
                };
                let last = self.last.as_ref().zip(like);
                self.run
                    .expect(last.and_then(|(last, like)| last.data_like(&next, like)));
                self.last = Some(next);
                let kind = EventKind::Chunk;
                self.through(
                    Event {
                        kind,
                        name,
                        data,
                        raw: Some(frame.raw),
                        number: self.number,
                    },
                    tape,
                )
                .await?;
                if self.progress.finished && self.dialect.ends_with_event() {
                    return Ok(Flow::Done);
                }
            }
        }
        Ok(Flow::Open)
    }

    /// Take note of what an event says, before plugins see it.
    fn read(&mut self, name: Option<&str>, data: &ByteString, raw: &Bytes) -> Result<(), Failure> {
        if let Some(body) = self.dialect.failure(name, data) {
            if self.dialect.ends_with_event() {
                self.last_words = Some(raw.clone());
            }
            return Err(Failure::ErrorAnswer {
                headers: HeaderMap::new(),
                body,
            });
        }
        let progress = &mut self.progress;
        if !progress.begun {
            progress.begun = self.dialect.is_meaningful(data);
        }
        if !progress.finished {
            progress.finished = self.dialect.finishes(data);
            if progress.finished {
                self.end = Some(data.clone());
            }
        }
        if !progress.calls {
            progress.calls = dialect::has_calls(data);
        }
        self.last_has_usage = dialect::has_usage(data);
        if self.last_has_usage {
            self.usage = Some(data.clone());
        }
        Ok(())
    }

    /// Whether all that was read in the last event holds for this one too.
    fn is_twin(&mut self, raw: &[u8], like: Option<Like>) -> bool {
        let last = self.last.as_ref().filter(|_| self.progress.begun);
        let pair = last.zip(like);
        pair.is_some_and(|(last, like)| self.twin.is(&last.raw, raw, like.alike))
    }

    /// The data of the last event.
    fn last(&self) -> Option<ByteString> {
        sse::data(self.last.as_ref()?.raw.clone())
    }

    async fn through(&mut self, event: Event, tape: &mut Tape) -> Result<(), Failure> {
        let came_in = event.raw.clone();
        if self.dialect.patches_answers() {
            self.run
                .event(event, self.number, &mut self.events, tape)
                .await
                .map_err(failure)?;
        } else {
            self.events.push(event);
        }
        self.send(came_in.as_ref(), tape);
        Ok(())
    }

    /// Events that left the chain go to the client. `came_in`: the bytes of the event that
    /// they were made of.
    fn send(&mut self, came_in: Option<&Bytes>, tape: &mut Tape) {
        let alone = self.events.len() == 1;
        for event in self.events.drain(..) {
            let unchanged = alone && came_in.is_some() && event.raw.as_ref() == came_in;
            let may_have_usage = !unchanged || self.last_has_usage;
            if self.hide_usage && may_have_usage && dialect::is_usage_only(&event.data) {
                continue;
            }
            if !self.progress.committed && self.dialect.is_meaningful(&event.data) {
                self.progress.committed = true;
                self.run.commit();
            }
            let raw = match event.raw {
                Some(raw) => raw,
                None => sse::encode(event.name.as_deref(), &event.data),
            };
            tape.end().events_out += 1;
            if !unchanged && tape.is_full() {
                tape.note(Note::EventOut { raw: raw.clone() });
            }
            self.out.push(raw);
        }
    }

    fn bad(&mut self, raw: &Bytes, what: &str, tape: &mut Tape) -> Result<(), Failure> {
        match self.bad_event {
            // Without its text, which the log has already if it may have it.
            BadEvent::Skip => {
                tape.note(Note::Warning(format!("an event {what}")));
                Ok(())
            }
            BadEvent::Fail => {
                let shown = String::from_utf8_lossy(&raw[..raw.len().min(200)]);
                let message = format!("an event {what}: {}", shown.trim_end());
                Err(Failure::NoAnswer(message))
            }
        }
    }
}

pub(super) fn failure(failure: ChainFailure) -> Failure {
    match failure {
        ChainFailure::Retry { plugin, reason } => Failure::PluginRetry { plugin, reason },
        ChainFailure::Plugin { plugin, error } => Failure::Plugin { plugin, error },
    }
}

#[cfg(test)]
#[path = "pump_tests.rs"]
mod tests;
