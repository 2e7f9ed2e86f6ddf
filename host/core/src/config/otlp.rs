//! `general_settings.otlp`: where traces and metrics go, and the variables that every user of
//! OpenTelemetry knows.

use std::time::Duration;

use secrecy::SecretString;

use super::Otlp;
use super::env::Env;
use super::findings::{At, Findings};
use super::raw::Value;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// `callback`: where LiteLLM's `otel` callback is named, if it is.
pub fn read(
    at: Option<&At<'_>>,
    callback: Option<&At<'_>>,
    env: &dyn Env,
    findings: &mut Findings<'_>,
) -> Option<Otlp> {
    let get = |key| at?.get(key);
    let flag = |key| get(key).and_then(|at| at.node.as_flag());
    let var = |name| env.get(name).filter(|value| !value.trim().is_empty());
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
    let signal = |key, path: &str, variable, exporter| {
        let off = flag(key) == Some(false) || var(exporter).is_some_and(|v| v.trim() == "none");
        let whole = if own.is_none() { var(variable) } else { None };
        let url = whole.or_else(|| base.as_ref().map(|base| format!("{base}{path}")));
        url.filter(|_| !off)
    };
    let traces = signal(
        "traces",
        "/v1/traces",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_TRACES_EXPORTER",
    );
    let metrics = signal(
        "metrics",
        "/v1/metrics",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_METRICS_EXPORTER",
    );
    if traces.is_none() && metrics.is_none() {
        if let Some(at) = callback
            && base.is_none()
        {
            let hint = format!("set `general_settings.otlp`, or the variable `{ENDPOINT}`");
            findings.warn(at, "`otel` has no collector to send to", Some(hint));
        }
        return None;
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
