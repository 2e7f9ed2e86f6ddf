//! How a stream ends: in order, with what its backend forgot; with an error; or because the
//! client left.

use super::{Flow, Pump, failure};
use crate::chain::{EndReason, Event, EventKind};
use crate::dialect::{self, Dialect};
use crate::route::Failure;
use crate::sse;
use crate::tape::{Note, Tape};
use crate::upstream::UpstreamError;

impl Pump {
    /// The backend closed the stream in order. An answer without an end is cut.
    pub(in crate::exchange) async fn input_ends(
        &mut self,
        tape: &mut Tape,
    ) -> Result<EndReason, Failure> {
        if let Some(mut frame) = self.framer.finish() {
            // More may follow it on the way to the client.
            frame.raw = sse::with_end(&frame.raw);
            if self.frame(frame, tape).await? == Flow::Done {
                return Ok(EndReason::Done);
            }
        }
        if self.progress.finished || self.dialect == Dialect::Other {
            return Ok(EndReason::EndOfInput);
        }
        let what = match self.number {
            0 => "the stream ended without an event",
            _ => "the stream ended before the answer did",
        };
        Err(Failure::Upstream(UpstreamError::Broken(what.into())))
    }

    /// Finish a complete answer: supply what is missing, let the plugins say their last.
    pub(in crate::exchange) async fn finish(
        &mut self,
        reason: EndReason,
        tape: &mut Tape,
    ) -> Result<(), Failure> {
        if !self.progress.finished
            && self.progress.begun
            && let Some(last) = self.last()
        {
            let why = if self.progress.calls {
                "tool_calls"
            } else {
                "stop"
            };
            if let Some(chunk) = self.dialect.finish_chunk(&last, why) {
                tape.note(Note::Warning(
                    "no `finish_reason` came; one was supplied".into(),
                ));
                let event = Event {
                    kind: EventKind::Chunk,
                    name: None,
                    data: chunk,
                    raw: None,
                    number: 0,
                };
                self.through(event, tape).await?;
            }
        }
        self.run
            .end(reason, self.number, &mut self.events, tape)
            .await
            .map_err(failure)?;
        self.send(None, tape);
        if !self.progress.begun && !self.progress.committed && self.dialect != Dialect::Other {
            return Err(Failure::NoAnswer(
                "the stream ended without an answer".into(),
            ));
        }
        if self.dialect.ends_with_done() {
            if reason != EndReason::Done {
                tape.note(Note::Warning("no `[DONE]` came; one was supplied".into()));
            }
            self.out.push(sse::DONE);
        }
        self.close(reason, tape);
        Ok(())
    }

    /// End a committed stream with an error: what plugins held, then one error event.
    pub(in crate::exchange) async fn fail(&mut self, error: &serde_json::Value, tape: &mut Tape) {
        let reason = EndReason::UpstreamError;
        let ended = self
            .run
            .end(reason, self.number, &mut self.events, tape)
            .await;
        if ended.is_ok() {
            self.send(None, tape);
        }
        self.events.clear();
        let raw = self.last_words.take().unwrap_or_else(|| {
            let (name, data) = self.dialect.error_event(error, self.last().as_deref());
            sse::encode(name, &data)
        });
        tape.note(Note::EventOut { raw: raw.clone() });
        self.out.push(raw);
        self.close(reason, tape);
    }

    /// Tell the plugins that the client left.
    pub(in crate::exchange) async fn cancel(&mut self, tape: &mut Tape) {
        let reason = EndReason::Cancelled;
        // What a plugin says now goes nowhere.
        let _ = self
            .run
            .end(reason, self.number, &mut self.events, tape)
            .await;
        self.events.clear();
        self.close(reason, tape);
    }

    fn close(&mut self, reason: EndReason, tape: &mut Tape) {
        if let Some(end) = self.end.take().or_else(|| self.last()) {
            tape.account().hear(&end);
        }
        let end = tape.end();
        end.reason = Some(reason);
        end.usage = self.usage.as_deref().and_then(dialect::usage);
    }
}
