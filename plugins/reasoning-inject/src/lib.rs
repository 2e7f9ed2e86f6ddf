//! Switches reasoning on for a deployment with `supports_reasoning: true`, if the client said
//! nothing about reasoning. Backends differ in how they are asked: see [`dialects`].
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod dialects;
mod fields;
mod prompt;
mod said;
mod settings;

#[cfg(test)]
mod tests;

use yallmp_sdk::{
    Deployment, Exchange, Info, Interest, Json, Patch, RequestOutcome, Result, Wants,
};

use dialects::Way;
use settings::Settings;

struct ReasoningInject {
    settings: Settings,
    exchange: Exchange,
}

impl Patch for ReasoningInject {
    const INFO: Info = Info {
        name: "reasoning-inject",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Switches reasoning on, in the backend's dialect, unless the client decided.",
        config_schema: include_str!("../schema.json"),
    };

    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants> {
        Settings::read(config)?;
        let wants = Wants::nothing();
        Ok(match deployment.supports_reasoning {
            Some(true) => wants.request(Interest::All),
            _ => wants,
        })
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        let settings = Settings::read(config)?;
        Ok(ReasoningInject { settings, exchange })
    }

    fn on_request(&mut self) -> Result<RequestOutcome> {
        let dialect = self.settings.dialect;
        let path = self.exchange.path.as_str();
        let way = if path.ends_with("/chat/completions") {
            &dialect.chat
        } else if path.ends_with("/responses") {
            &dialect.responses
        } else {
            &Way::Nothing
        };
        match way {
            Way::Nothing => Ok(RequestOutcome::Unchanged),
            _ if said::anything() => Ok(RequestOutcome::Unchanged),
            Way::Fields(fields) => Ok(fields::set(fields, &self.settings)),
            Way::Prompt(prompt) => prompt::add(prompt, &self.settings),
        }
    }
}

yallmp_sdk::export!(ReasoningInject, no_std);
