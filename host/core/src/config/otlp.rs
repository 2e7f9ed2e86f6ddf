//! `general_settings.otlp`: where traces and metrics go, and the variables that every user of
//! OpenTelemetry knows.

use std::time::Duration;

use secrecy::SecretString;

use super::Otlp;
use super::diag::Severity;
use super::env::Env;
use super::findings::{At, Findings};
use super::raw::{Mark, Value};
use crate::tape::mask;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// `callback`: where LiteLLM's `otel` callback is named, if it is.
pub fn read(
    at: Option<&At<'_>>,
    callback: Option<&At<'_>>,
    env: &dyn Env,
    findings: &mut Findings<'_>,
) -> Option<Otlp> {
    let get = |key| at?.get(key);
    let flag = |key| get(key).and_then(|at| at.node.as_flag());
    let var = |name: &str| env.get(name).filter(|value| !value.trim().is_empty());
    let disabled = var("OTEL_SDK_DISABLED").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if flag("enabled") == Some(false) || disabled {
        return None;
    }
    let own = match at {
        Some(at) if !matches!(at.node.value, Value::Map(_)) => Some(at.clone()),
        _ => get("endpoint"),
    };
    let mut base = var(ENDPOINT);
    if let Some(at) = &own {
        base = Some(endpoint(at, findings)?);
    }
    if base.is_none() && callback.is_some() {
        base = var("OTEL_ENDPOINT");
    }
    let base = base.map(|base| {
        let base = base.trim().trim_end_matches('/');
        base.strip_suffix("/v1/traces").unwrap_or(base).to_owned()
    });
    let mut signal = |key, signal: &str, exporter| {
        let off = flag(key) == Some(false) || var(exporter).is_some_and(|v| v.trim() == "none");
        let variable = |what| format!("OTEL_EXPORTER_OTLP_{signal}_{what}");
        let whole = || var(&variable("ENDPOINT")).filter(|_| own.is_none());
        let below = || Some(format!("{}/v1/{key}", base.as_ref()?));
        let url = whole().or_else(below).filter(|_| !off)?;
        let protocols = [variable("PROTOCOL"), PROTOCOL.to_owned()];
        let protocol = protocols
            .into_iter()
            .find_map(|name| Some((var(&name)?, name)));
        match protocol {
            // Whoever takes its JSON takes protobuf, too.
            Some((wanted, name)) if own.is_none() && !wanted.trim().starts_with("http/") => {
                let message = format!(
                    "`{name}` is `{}`, which is not spoken: nothing is sent",
                    wanted.trim()
                );
                let hint = format!(
                    "let it be `http/protobuf` and `{ENDPOINT}` the port for that, mostly 4318; or name the collector as `general_settings.otlp`"
                );
                findings.push(Severity::Warning, Mark::default(), "", message, Some(hint));
                None
            }
            _ => Some(url),
        }
    };
    let traces = signal("traces", "TRACES", "OTEL_TRACES_EXPORTER");
    let metrics = signal("metrics", "METRICS", "OTEL_METRICS_EXPORTER");
    if traces.is_none() && metrics.is_none() {
        if let Some(at) = callback
            && base.is_none()
        {
            let hint = format!("set `general_settings.otlp`, or the variable `{ENDPOINT}`");
            findings.warn(at, "`otel` has no collector to send to", Some(hint));
        }
        return None;
    }
    if let Some(base) = base.as_deref().filter(|base| is_for_grpc(base)) {
        let mark = own.as_ref().map_or_else(Mark::default, |at| at.node.mark);
        let path = own.as_ref().map_or("", |at| &at.path);
        let message = format!(
            "the collector at `{}` is asked by OTLP over HTTP, and 4317 is the port for gRPC",
            mask::url(base)
        );
        findings.push(
            Severity::Warning,
            mark,
            path,
            message,
            Some("port 4318 is that for HTTP".to_owned()),
        );
    }
    let headers = match get("headers") {
        Some(at) => {
            let pairs = at.node.as_text_map().unwrap_or_default().into_iter();
            let texts = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            texts.collect()
        }
        None => {
            let litellm = || callback.and_then(|_| var("OTEL_HEADERS"));
            pairs(var("OTEL_EXPORTER_OTLP_HEADERS").or_else(litellm))
        }
    };
    let name = get("service_name").and_then(|at| at.node.as_text().map(str::to_owned));
    let base = Otlp::default();
    let millis = |name, default| {
        let millis = var(name).and_then(|text| text.trim().parse().ok());
        millis.map_or(default, Duration::from_millis)
    };
    Some(Otlp {
        traces,
        metrics,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name, SecretString::from(value)))
            .collect(),
        service_name: name
            .or_else(|| var("OTEL_SERVICE_NAME"))
            .unwrap_or(base.service_name),
        attributes: pairs(var("OTEL_RESOURCE_ATTRIBUTES")),
        timeout: millis("OTEL_EXPORTER_OTLP_TIMEOUT", base.timeout),
        traces_every: millis("OTEL_BSP_SCHEDULE_DELAY", base.traces_every),
        metrics_every: millis("OTEL_METRIC_EXPORT_INTERVAL", base.metrics_every),
    })
}

fn is_for_grpc(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?']).next();
    host.is_some_and(|host| host.ends_with(":4317"))
}

/// None is an error that is reported.
fn endpoint(at: &At<'_>, findings: &mut Findings<'_>) -> Option<String> {
    if let Some((_, variable)) = at.node.first_unset() {
        let message = format!("`otlp` needs the variable `{variable}`, which is not set");
        findings.escalate(at, message, None);
        return None;
    }
    let text = at.node.as_text()?.trim();
    let host = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
        let hint = "such as `http://localhost:4318`; it is spoken to by OTLP over HTTP".to_owned();
        findings.error(at, "this is no URL of a collector", Some(hint));
        return None;
    }
    Some(text.to_owned())
}

/// `name=value,name=value`, values percent-encoded, as in W3C Baggage.
fn pairs(text: Option<String>) -> Vec<(String, String)> {
    let text = text.unwrap_or_default();
    let pairs = text.split(',').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim().to_owned(), decoded(value.trim())))
    });
    pairs.filter(|(name, _)| !name.is_empty()).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = match (first, more.get(..2)) {
            (b'%', Some(digits)) => std::str::from_utf8(digits)
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &more[2..] } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[path = "otlp_tests.rs"]
mod tests;
