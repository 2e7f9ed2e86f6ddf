//! Keeps the beginning of requests the same from turn to turn, so that the backend's prompt
//! cache fits: takes lines out of system prompts that differ each time, and warns when the
//! beginning differs all the same.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod fingerprint;
mod history;
mod prompt;
mod settings;

#[cfg(test)]
mod tests;

use alloc::format;
use alloc::string::{String, ToString};

use yallmp_sdk::host::{Level, log, note};
use yallmp_sdk::{
    Deployment, Edit, Exchange, Info, Interest, Json, Patch, RequestOutcome, Result, Wants, request,
};

use history::Snapshot;
use settings::Settings;

struct StablePrefix {
    settings: Settings,
    /// Lines are taken out.
    removes: bool,
    target_model: String,
}

/// The members of a request that its prompt is made of: chat completions, the Responses API,
/// Anthropic's messages.
const MEMBERS: [&str; 5] = ["tools", "system", "instructions", "messages", "input"];

impl Patch for StablePrefix {
    const INFO: Info = Info {
        name: "stable-prefix",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Takes volatile lines out of system prompts and warns when a conversation's beginning changes.",
        config_schema: include_str!("../schema.json"),
    };

    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants> {
        let settings = Settings::read(config);
        let request = match (settings.watch, settings.removes(deployment)) {
            (true, _) => Interest::All,
            (false, true) => settings.lines(),
            (false, false) => Interest::None,
        };
        Ok(Wants::nothing().request(request))
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        let settings = Settings::read(config);
        Ok(StablePrefix {
            removes: settings.removes(&exchange.deployment),
            settings,
            target_model: exchange.target_model,
        })
    }

    fn on_request(&mut self) -> Result<RequestOutcome> {
        let texts = MEMBERS.map(request::member);
        let mut members = [const { None }; MEMBERS.len()];
        for (member, text) in members.iter_mut().zip(&texts) {
            *member = text.as_deref().map(Json::parse).transpose()?;
        }
        let mut edit = Edit::new();
        let mut removed = 0;
        for (name, member) in MEMBERS.into_iter().zip(&mut members) {
            let Some(json) = member.as_mut().filter(|_| name != "tools") else {
                continue;
            };
            let lines = prompt::clean(name, json, &self.settings.remove);
            if lines > 0 && self.removes {
                removed += lines;
                edit = if json.is_null() {
                    edit.remove(name)
                } else {
                    edit.set(name, json)
                };
            }
        }
        if removed > 0 {
            note("removed", &removed.to_string());
        }
        let continued = request::member("previous_response_id").is_some_and(|id| id != "null");
        if self.settings.watch && !continued {
            self.watch(&members);
        }
        Ok(edit.into_outcome())
    }
}

impl StablePrefix {
    fn watch(&self, members: &[Option<Json<'_>>; 5]) {
        let Some(now) = Snapshot::of(members) else {
            return;
        };
        let Some(at) = history::remember(&self.target_model, now) else {
            return;
        };
        note("changed", &at);
        log(
            Level::Warn,
            &format!(
                "this request does not begin as the conversation's last one did: {at} differs, \
                 so the backend's prompt cache ends there. If the client sent it unchanged, a \
                 plugin before this one did it; the request log shows what each of them changed"
            ),
        );
    }
}

yallmp_sdk::export!(StablePrefix, no_std);
