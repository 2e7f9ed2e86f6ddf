//! One call into a guest: its budget, and what can go wrong in it.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::error::Elapsed;
use wasmtime::{Store, Trap, UpdateDeadline};
use yallmp_core::chain::{AttemptFacts, StageError, StageErrorKind};

use crate::clock::ticks;
use crate::limits::{OverMemory, OverTable};
use crate::state::{IllegalCall, InvalidListen, State};

/// A call may take this many times its limit when it spends the rest waiting: for its turn
/// among busy guests, for the store, or in a WASI sleep.
const WAITING: u32 = 10;

/// What `begin` is told.
pub(crate) struct Facts<'a> {
    pub config: &'a str,
    pub attempt: &'a AttemptFacts,
    /// `model_info` as JSON text.
    pub model_info: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The guest returned a `plugin-error`.
    #[error("{code}: {message}")]
    Refused { code: String, message: String },
    /// It returned a value that the interface forbids.
    #[error("{0}")]
    Invalid(String),
    /// The call did not come back in order.
    #[error("{0:#}")]
    Failed(#[from] wasmtime::Error),
    #[error("it took too long")]
    Waited(#[from] Elapsed),
}

impl CallError {
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// A guest's own error, cut to the sizes that `wit/patch.wit` allows.
    pub fn refused(code: &str, message: &str) -> Self {
        Self::Refused {
            code: cut(code, 64).to_owned(),
            message: cut(message, 4 << 10).to_owned(),
        }
    }
}

impl From<CallError> for StageError {
    fn from(error: CallError) -> Self {
        let over_time = "the call took longer than `limits.call_ms`";
        let (kind, message) = match &error {
            CallError::Refused { .. } => (StageErrorKind::Refused, error.to_string()),
            CallError::Invalid(_) => (StageErrorKind::Invalid, error.to_string()),
            CallError::Waited(_) => (StageErrorKind::Time, over_time.to_owned()),
            CallError::Failed(failure) => match cause(failure) {
                StageErrorKind::Time => (StageErrorKind::Time, over_time.to_owned()),
                kind => (kind, error.to_string()),
            },
        };
        StageError { kind, message }
    }
}

fn cause(error: &wasmtime::Error) -> StageErrorKind {
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return match trap {
            Trap::Interrupt => StageErrorKind::Time,
            _ => StageErrorKind::Trap,
        };
    }
    if error.is::<OverMemory>() || error.is::<OverTable>() {
        return StageErrorKind::Memory;
    }
    if error.is::<InvalidListen>() || error.is::<IllegalCall>() {
        return StageErrorKind::Invalid;
    }
    // Wasmtime keeps the type of this one to itself.
    if format!("{error:#}").contains("fuel allocated for hostcalls has been exhausted") {
        return StageErrorKind::Output;
    }
    StageErrorKind::Trap
}

/// The longest prefix of at most `bytes` bytes.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Let the guest run for `limit` of its own time, counted in ticks. At each tick it gives
/// way to other tasks.
pub(crate) fn meter(store: &mut Store<State>) {
    store.epoch_deadline_callback(|mut store| {
        let state = store.data_mut();
        if state.ticks_left == 0 {
            return Ok(UpdateDeadline::Interrupt);
        }
        state.ticks_left -= 1;
        state.need_clock();
        Ok(UpdateDeadline::YieldCustom(
            1,
            Box::pin(tokio::task::yield_now()),
        ))
    });
}

/// Refill the budget. Before each call: what an earlier call used is forgotten.
pub(crate) fn refill(store: &mut Store<State>, limit: Duration) {
    let state = store.data_mut();
    state.limit = limit.saturating_mul(WAITING);
    // The first tick may come at once: the last one that is left is given on top.
    state.ticks_left = ticks(limit);
    state.need_clock();
    store.set_epoch_deadline(1);
}

/// Run a call, waiting included. Most calls never wait, and need no timer.
pub(crate) async fn bounded<T>(
    limit: Duration,
    mut call: Pin<&mut impl Future<Output = Result<T, CallError>>>,
) -> Result<T, CallError> {
    let first = poll_fn(|context| Poll::Ready(call.as_mut().poll(context)));
    match first.await {
        Poll::Ready(result) => result,
        Poll::Pending => tokio::time::timeout(limit.saturating_mul(WAITING), call).await?,
    }
}
