//! The limit of open files. A request takes two, its client's connection and its backend's,
//! so the usual soft limits (1024, on macOS 256) end at some hundred streams.

/// Raise the soft limit to the hard one. A refusal is no reason not to serve.
#[cfg(unix)]
pub fn raise_limit() {
    let before = rlimit::getrlimit(rlimit::Resource::NOFILE);
    match rlimit::increase_nofile_limit(rlimit::INFINITY) {
        Ok(now) => {
            let before = before.map_or(now, |(soft, _)| soft);
            tracing::debug!(before, now, "limit of open files");
        }
        Err(error) => tracing::debug!(%error, "the limit of open files stays as it is"),
    }
}

/// Windows has no such limit on sockets.
#[cfg(not(unix))]
pub fn raise_limit() {}
