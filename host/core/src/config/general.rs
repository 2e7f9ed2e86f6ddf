//! `general_settings`: the server, the log, streams and time limits.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::env::Env;
use super::findings::{At, Findings};
use super::headers;
use super::log_mask;
use super::raw::Value;
use super::{BadEvent, LogLevel, Metrics, RequestLog, Server, Streaming};

pub fn server(general: &At<'_>) -> Server {
    let mut server = Server::default();
    if let Some(mb) = general
        .get("max_request_size_mb")
        .and_then(|at| at.node.as_number())
    {
        server.max_body_bytes = bytes(mb, 20);
    }
    let inspector = general.get("inspector");
    server.inspector = inspector.and_then(|at| at.node.as_flag()).unwrap_or(true);
    let Some(at) = general.get("server") else {
        return server;
    };
    // A host or state file with a variable that is not set is no name.
    let text = |key| {
        let at = at.get(key)?;
        at.node.first_unset().is_none().then(|| at.node.as_text())?
    };
    if let Some(host) = text("host") {
        server.host = host.trim().to_owned();
    }
    if let Some(file) = text("state_file") {
        server.state_file = PathBuf::from(file);
    }
    if let Some(port) = at.get("port").and_then(|at| at.node.as_count()) {
        server.port = u16::try_from(port).unwrap_or(server.port);
    }
    if let Some(mb) = at.get("max_body_mb").and_then(|at| at.node.as_number()) {
        server.max_body_bytes = bytes(mb, 20);
    }
    let origins = at.get("allowed_origins");
    server.allowed_origins = origins.and_then(|at| {
        let origins = at.node.as_texts()?;
        Some(origins.into_iter().map(str::to_owned).collect())
    });
    let allowed = at.get("allow_remote_without_key");
    server.allow_remote_without_key = allowed.and_then(|at| at.node.as_flag()).unwrap_or(false);
    server
}

/// Where LiteLLM has its key from when the file says nothing about it.
const MASTER_KEY: &str = "LITELLM_MASTER_KEY";

/// The key, unless the proxy may run without. One that is written but not there is an
/// error: a proxy that was meant to be guarded never starts unguarded. Without the white space
/// around it, which no header can show.
pub fn master_key(
    general: &At<'_>,
    env: &dyn Env,
    findings: &mut Findings<'_>,
) -> Option<SecretString> {
    let Some(at) = general.get("master_key") else {
        let written = general.node.members().iter();
        if let Some(member) = written.rev().find(|member| member.key == "master_key") {
            let at = general.at("master_key", &member.node);
            let message = "`master_key` is empty: the proxy is not guarded";
            findings.warn(&at, message, None);
            return None;
        }
        let key = env.get(MASTER_KEY)?;
        let key = key.trim();
        return (!key.is_empty()).then(|| SecretString::from(key));
    };
    if let Some((_, variable)) = at.node.first_unset() {
        findings.escalate(
            &at,
            format!("`master_key` needs the variable `{variable}`, which is not set"),
            Some("set it, or take `master_key` out to run without one".to_owned()),
        );
        return None;
    }
    let key = at.node.as_text()?.trim();
    if key.is_empty() {
        findings.error(
            &at,
            "`master_key` is empty",
            Some("give it a value, or take it out to run without one".to_owned()),
        );
        return None;
    }
    headers::sendable(&at, key, "`master_key`", findings);
    Some(SecretString::from(key))
}

/// `private`: messages and answers are to stay out of the log unless the level is given.
pub fn request_log(at: Option<&At<'_>>, private: bool, findings: &mut Findings<'_>) -> RequestLog {
    let mut log = RequestLog::default();
    if private {
        log.level = LogLevel::Metadata;
    }
    let Some(at) = at else {
        return log;
    };
    if let Some(level) = log_level(at) {
        log.level = level;
    }
    if let Some(dir) = at.get("dir").and_then(|at| at.node.as_text()) {
        log.dir = PathBuf::from(dir);
    }
    if let Some(kb) = at.get("max_exchange_kb").and_then(|at| at.node.as_number()) {
        log.max_exchange_bytes = bytes(kb, 10);
    }
    let limit = |key, default| match at.get(key) {
        Some(at) if at.node.is_off() => None,
        Some(at) => at.node.as_count().or(default),
        None => default,
    };
    log.max_files = limit("max_files", log.max_files.map(|files| files as u64))
        .map(|files| usize::try_from(files).unwrap_or(usize::MAX));
    log.max_total_bytes = limit("max_total_mb", log.max_total_bytes.map(|bytes| bytes >> 20))
        .map(|mb| mb.saturating_mul(1 << 20));
    const DAY: u64 = 24 * 3600;
    log.max_age = limit("max_age_days", log.max_age.map(|age| age.as_secs() / DAY))
        .map(|days| Duration::from_secs(days.saturating_mul(DAY)));
    log.mask = log_mask::read(at, findings);
    log
}

pub fn metrics(at: Option<&At<'_>>) -> Metrics {
    let base = Metrics::default();
    let flag = |key| at?.get(key)?.node.as_flag();
    Metrics {
        enabled: flag("enabled").unwrap_or(base.enabled),
        public: flag("public").unwrap_or(base.public),
    }
}

/// The level of a `request_log`, of the file or of a model: itself a level, or a map.
pub fn log_level(at: &At<'_>) -> Option<LogLevel> {
    let level = |at: &At<'_>| match &at.node.value {
        Value::Bool { value: false, .. } => Some(LogLevel::Off),
        _ => match at.node.as_text()? {
            "off" => Some(LogLevel::Off),
            "metadata" => Some(LogLevel::Metadata),
            "full" => Some(LogLevel::Full),
            _ => None,
        },
    };
    if !matches!(at.node.value, Value::Map(_)) {
        return level(at);
    }
    let enabled = at.get("enabled").and_then(|at| at.node.as_flag());
    if enabled == Some(false) {
        return Some(LogLevel::Off);
    }
    at.get("level").as_ref().and_then(level)
}

pub fn streaming(at: Option<&At<'_>>) -> Streaming {
    let mut streaming = Streaming::default();
    let Some(at) = at else {
        return streaming;
    };
    if let Some(at) = at.get("keep_alive") {
        streaming.keep_alive = time_or_off(&at, streaming.keep_alive);
    }
    if let Some("fail") = at.get("bad_event").and_then(|at| at.node.as_text()) {
        streaming.bad_event = BadEvent::Fail;
    }
    let usage = at.get("always_include_usage");
    streaming.always_include_usage = usage.and_then(|at| at.node.as_flag()).unwrap_or(false);
    if let Some(kb) = at.get("max_event_kb").and_then(|at| at.node.as_number()) {
        streaming.max_event_bytes = bytes(kb, 10);
    }
    if let Some(kb) = at.get("max_preamble_kb").and_then(|at| at.node.as_number()) {
        streaming.max_preamble_bytes = bytes(kb, 10);
    }
    streaming
}

fn time_or_off(at: &At<'_>, default: Option<Duration>) -> Option<Duration> {
    if at.node.is_off() {
        return None;
    }
    at.node.as_seconds().or(default)
}

/// A number of kilobytes (shift 10) or megabytes (shift 20) in bytes.
fn bytes(number: f64, shift: u32) -> usize {
    (number * f64::from(1 << shift)) as usize
}
