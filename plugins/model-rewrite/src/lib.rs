//! Asks the backend for the model by the backend's own name for it. With `restore: true` the
//! answer names the model as the client asked for it.
//!
//! Off by default: an answer that names the model that really answered is what helps when
//! something is wrong, and it costs nothing.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod restore;

use alloc::string::String;

use yallmp_sdk::{
    Deployment, Edit, Event, Exchange, Info, Interest, Json, Out, Patch, RequestOutcome, Result,
    Wants,
};

struct ModelRewrite {
    client_model: String,
    target_model: String,
}

impl Patch for ModelRewrite {
    const INFO: Info = Info {
        name: "model-rewrite",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Asks the backend for its own name of the model; can give the client's name back.",
        config_schema: include_str!("../schema.json"),
    };

    /// Not asked at all while both names are the same. That is known for each exchange only: a
    /// fallback or an alias brings requests for other models to this deployment.
    fn plan(config: &Json<'_>, _deployment: &Deployment) -> Result<Wants> {
        let restore = config.get("restore").and_then(Json::as_bool) == Some(true);
        let response = if restore {
            Interest::Renamed
        } else {
            Interest::None
        };
        Ok(Wants::nothing()
            .request(Interest::Renamed)
            .response(response))
    }

    fn begin(_config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        Ok(ModelRewrite {
            client_model: exchange.client_model,
            target_model: exchange.target_model,
        })
    }

    fn on_request(&mut self) -> Result<RequestOutcome> {
        let model = Json::from(self.target_model.as_str());
        Ok(Edit::new().set("model", &model).into_outcome())
    }

    fn on_event(&mut self, event: &Event) -> Result<Out> {
        Ok(restore::out(event, &self.client_model))
    }
}

yallmp_sdk::export!(ModelRewrite, no_std);

#[cfg(test)]
mod tests;
