//! Waiting for named conditions, and folders that go away.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Long enough for a busy machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Wait until `look` sees something. `what` names it when it never comes.
#[track_caller]
pub fn eventually<T>(
    what: impl Into<String>,
    mut look: impl FnMut() -> Option<T>,
) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    let what: String = what.into();
    async move {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(Instant::now() < until, "{place}: never happened: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Await something that must be ready soon.
#[track_caller]
pub fn within<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(PATIENCE, future).await {
            Ok(value) => value,
            Err(_) => panic!("{place}: took too long: {what}"),
        }
    }
}

/// A limit for a machine that has time: of three tries, one must keep to it. `again` gets the
/// number of the try, from 1, and tells how long it took.
#[track_caller]
pub fn once_within(
    limit: Duration,
    what: &str,
    mut again: impl AsyncFnMut(usize) -> Duration,
) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let mut took = Vec::new();
        for number in 1..=3 {
            took.push(again(number).await);
            if took.last() < Some(&limit) {
                return;
            }
        }
        panic!("{place}: never within {limit:?}: {what}: {took:?}");
    }
}

/// A folder of its own, removed at the end; kept (and named) when the test fails.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "yallmp-it-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the test's folder is kept: {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
