//! One call into a guest: its budget, and what can go wrong in it.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::error::Elapsed;
use wasmtime::{Store, Trap, UpdateDeadline};
use yallmp_core::chain::{AttemptFacts, StageError, StageErrorKind};

use crate::limits::{OverMemory, OverTable};
use crate::state::{IllegalCall, InvalidListen, State, Tick};

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

/// Stop calls whose time is over, and let those that can give way to other tasks, at each tick of
/// the clock.
pub(crate) fn meter(store: &mut Store<State>) {
    store.epoch_deadline_callback(|mut store| {
        Ok(match store.data_mut().tick() {
            Tick::Stop => UpdateDeadline::Interrupt,
            Tick::GoOn => UpdateDeadline::Continue(1),
            Tick::GiveWay => UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())),
        })
    });
}

/// Before each call: a budget of `limit` of the guest's own time.
pub(crate) fn refill(store: &mut Store<State>, limit: Duration) {
    let patience = limit.saturating_mul(WAITING);
    store.data_mut().begin_call(limit, patience);
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
