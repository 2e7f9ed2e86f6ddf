//! What an exchange adds to the sums.

use yallmp_core::account::{Account, Ended};
use yallmp_core::dialect::Tokens;
use yallmp_core::tape::{End, Outcome};

use super::family::Metric;
use super::sums::Sums;

/// What stands for a model that is not configured.
const OTHER: &str = "other";

/// An exchange is over.
/// `tokens`: of the exchange's end.
pub fn record(sums: &mut Sums, exchange: &Ended<'_>, tokens: Tokens) {
    let Ended { end, account, .. } = *exchange;
    let model = account.model.as_deref().unwrap_or(OTHER);
    request(sums, model, end, account);
    attempts(sums, model, account, tokens);
    plugins(sums, end, account);
}

fn request(sums: &mut Sums, model: &str, end: &End, account: &Account) {
    let api = account.dialect.name();
    let (outcome, error) = match end.outcome {
        Outcome::Success => ("success", "none"),
        Outcome::Cancelled => ("cancelled", "none"),
        Outcome::Error => ("error", account.error.unwrap_or("status")),
    };
    sums.count(Metric::Requests, &[model, api, outcome, error], 1);
    let streaming = if account.streaming { "true" } else { "false" };
    let labels = [model, api, streaming];
    sums.time(Metric::RequestDuration, &labels, end.total);
    if let Some(first) = end.first_event {
        sums.time(Metric::FirstEvent, &[model], first);
    }
    if let Some(opening) = account.opening {
        sums.time(Metric::Overhead, &[model], opening);
    }
    sums.spread(Metric::EventDelay, &[model], &account.delays);
    sums.count(Metric::Events, &[model, "in"], end.events_in);
    sums.count(Metric::Events, &[model, "out"], end.events_out);
    sums.count(Metric::ResponseBytes, &[model], end.bytes_out);
}

fn attempts(sums: &mut Sums, model: &str, account: &Account, tokens: Tokens) {
    for attempt in &account.attempts {
        let id = attempt.deployment.id.as_str();
        let result = attempt.result.map_or("unknown", |result| result.name());
        let labels = [model, id, attempt.reach.name(), result];
        sums.count(Metric::Attempts, &labels, 1);
        let took = attempt.ended.saturating_sub(attempt.began);
        sums.time(Metric::AttemptDuration, &[id], took);
        if let (Some(first), Some(sent)) = (attempt.first_event, attempt.sent) {
            let first = first.saturating_sub(sent);
            sums.time(Metric::AttemptFirstEvent, &[id], first);
        }
    }
    let Some(last) = account.attempts.last() else {
        return;
    };
    let id = last.deployment.id.as_str();
    sums.spread(Metric::EventGap, &[id], &account.gaps);
    for (kind, count) in [
        ("input", tokens.input),
        ("output", tokens.output),
        ("cached", tokens.cached),
        ("reasoning", tokens.reasoning),
    ] {
        if let Some(count) = count {
            sums.count(Metric::Tokens, &[model, id, kind], count);
        }
    }
}

fn plugins(sums: &mut Sums, end: &End, account: &Account) {
    for (plugin, spent) in &end.plugins {
        let name = [&**plugin];
        sums.count(Metric::PluginCalls, &name, spent.calls.into());
        sums.sum(Metric::PluginTime, &name, spent.time.as_secs_f64());
        sums.count(Metric::PluginChanges, &name, spent.changed.into());
        let dropped = [&**plugin, "dropped"];
        sums.count(Metric::PluginEvents, &dropped, spent.dropped.into());
        let added = [&**plugin, "added"];
        sums.count(Metric::PluginEvents, &added, spent.added.into());
        if spent.held_bytes > 0 {
            let held = spent.held_bytes;
            sums.observe(Metric::PluginHeld, &name, held as u128, held as f64);
        }
    }
    for (plugin, kind) in &account.deaths {
        sums.count(Metric::PluginFailures, &[plugin, kind.name()], 1);
    }
}
