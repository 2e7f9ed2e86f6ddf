//! A plugin that costs what its configuration says (`work: look`, `parse` or `rewrite`), for
//! every event.
#![cfg_attr(target_arch = "wasm32", no_std)]

use yallmp_sdk::{Deployment, Event, Exchange, Info, Interest, Json, Out, Patch, Result, Wants};

enum Work {
    Look,
    Parse,
    Rewrite,
}

impl Patch for Work {
    const INFO: Info = Info {
        name: "bench-guest",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Asks for every event and does what it is told with it.",
        config_schema: r#"{
            "type": "object",
            "required": ["work"],
            "properties": {"work": {"enum": ["look", "parse", "rewrite"]}}
        }"#,
    };

    fn plan(_config: &Json<'_>, _deployment: &Deployment) -> Result<Wants> {
        Ok(Wants::nothing().response(Interest::All))
    }

    fn begin(config: &Json<'_>, _exchange: Exchange) -> Result<Self> {
        Ok(match config.get("work").and_then(Json::as_str) {
            Some("parse") => Work::Parse,
            Some("rewrite") => Work::Rewrite,
            _ => Work::Look,
        })
    }

    fn on_event(&mut self, event: &Event) -> Result<Out> {
        if let Work::Look = self {
            return Ok(Out::pass());
        }
        let mut json = event.json()?;
        if let Work::Rewrite = self {
            json.set("model", "rewritten");
            return Ok(Out::replace(json));
        }
        // The parse must not be optimised away.
        Ok(if json.get("id").is_some() {
            Out::pass()
        } else {
            Out::hold()
        })
    }
}

yallmp_sdk::export!(Work, no_std);
