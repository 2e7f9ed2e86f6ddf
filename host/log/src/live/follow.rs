//! The frames of one exchange as they come and go.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};
use yallmp_core::tape::{Note, Timed};

use super::hub::Watcher;

/// Batches of frames that may wait for a follower.
const MOST_WAITING: usize = 256;

/// What a follower hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// Another attempt begins: what was on its way to the client before never reached it.
    Attempt { at: Duration, number: u32 },
    Frame {
        /// Since the exchange began.
        at: Duration,
        side: Side,
        raw: Bytes,
    },
    /// So many frames came when the follower was too slow.
    Lost(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// From the backend; it was held back, changed or dropped.
    In,
    /// To the client.
    Out,
    /// From the backend, and to the client as it was.
    Both,
}

/// Follows until the exchange ends or this is dropped.
pub struct Follow {
    receiver: Receiver<Vec<Followed>>,
    /// Frames that were noted before; they are in the log.
    pub before: u64,
    _watcher: Watcher,
}

/// The hub's end.
pub(super) struct Follower {
    sender: Sender<Vec<Followed>>,
    lost: u64,
}

pub(super) fn pair(watcher: Watcher, before: u64) -> (Follower, Follow) {
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    let follow = Follow {
        receiver,
        before,
        _watcher: watcher,
    };
    (Follower { sender, lost: 0 }, follow)
}

impl Follow {
    /// What came next; None when the exchange ended.
    pub async fn next(&mut self) -> Option<Vec<Followed>> {
        self.receiver.recv().await
    }

    /// What the log up to now says, of what came before this began.
    pub fn history(&self, notes: &[Timed]) -> Vec<Followed> {
        let mut frames = 0;
        let before = notes.iter().take_while(|timed| {
            frames += u64::from(is_frame(&timed.note));
            frames <= self.before
        });
        let before: Vec<_> = before.cloned().collect();
        self::frames(&before)
    }
}

impl Follower {
    /// False if nobody follows any more.
    pub fn give(&mut self, frames: &[Followed]) -> bool {
        if frames.is_empty() {
            return !self.sender.is_closed();
        }
        let mut batch = Vec::with_capacity(frames.len() + 1);
        batch.extend((self.lost > 0).then_some(Followed::Lost(self.lost)));
        batch.extend_from_slice(frames);
        match self.sender.try_send(batch) {
            Ok(()) => self.lost = 0,
            Err(TrySendError::Full(_)) => self.lost += frames.len() as u64,
            Err(TrySendError::Closed(_)) => return false,
        }
        true
    }
}

pub(super) fn is_frame(note: &Note) -> bool {
    matches!(note, Note::EventIn { .. } | Note::EventOut { .. })
}

/// The frames in a batch of notes. An event that no plugin touched is not noted a second
/// time when it goes out: it is on both sides.
pub fn frames(notes: &[Timed]) -> Vec<Followed> {
    let mut frames = Vec::new();
    // Place and number of the last event, until something says that it was touched.
    let mut last: Option<(usize, u32)> = None;
    for Timed { at, note } in notes {
        let (side, raw) = match note {
            Note::Attempt(attempt) => {
                last = None;
                frames.push(Followed::Attempt {
                    at: *at,
                    number: attempt.number,
                });
                continue;
            }
            Note::EventPatched(patched) => {
                if let Some((place, of)) = last
                    && of == patched.number
                    && let Some(Followed::Frame { side, .. }) = frames.get_mut(place)
                {
                    *side = Side::In;
                }
                continue;
            }
            Note::EventIn { number, raw } => {
                last = (*number > 0).then_some((frames.len(), *number));
                (Side::Both, raw)
            }
            Note::EventOut { raw } => (Side::Out, raw),
            _ => continue,
        };
        frames.push(Followed::Frame {
            at: *at,
            side,
            raw: raw.clone(),
        });
    }
    frames
}
