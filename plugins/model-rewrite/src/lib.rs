//! Writes the backend's name of the model into the request.
#![cfg_attr(target_arch = "wasm32", no_std)]

use yallmp_sdk::{Edit, Exchange, Info, Json, Patch, RequestOutcome, Result};

struct ModelRewrite {
    exchange: Exchange,
}

impl Patch for ModelRewrite {
    const INFO: Info = Info {
        name: "model-rewrite",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Asks the backend for its own name of the model.",
        config_schema: "true",
    };

    fn begin(_config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        Ok(ModelRewrite { exchange })
    }

    fn on_request(&mut self) -> Result<RequestOutcome> {
        let model = Json::from(self.exchange.target_model.as_str());
        Ok(Edit::new().set("model", &model).into_outcome())
    }
}

yallmp_sdk::export!(ModelRewrite, no_std);
