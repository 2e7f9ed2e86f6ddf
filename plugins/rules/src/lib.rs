//! Small patches without code: rules that set, default, drop, rename, move, clamp, append and
//! prepend at paths of requests, whole answers and events.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod action;
mod body;
mod moving;
mod needle;
mod path;
mod place;
mod rule;
mod when;

#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::{
    Deployment, Event, EventKind, Exchange, Info, Interest, Json, Out, Patch, RequestOutcome,
    Result, Wants, host,
};

use rule::{Applied, Rule, Section, interest, read};

struct Rules {
    exchange: Exchange,
    request: Vec<Rule>,
    response: Vec<Rule>,
    events: Vec<Rule>,
}

impl Patch for Rules {
    const INFO: Info = Info {
        name: "rules",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Small patches of requests and answers, written in the configuration.",
        config_schema: include_str!("../schema.json"),
    };

    /// Rules are written for what is on the wire.
    const WHOLE_AS_CHUNKS: bool = false;

    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants> {
        let request = read(config, Section::Request, deployment)?;
        let mut answer = read(config, Section::Response, deployment)?;
        answer.extend(read(config, Section::Events, deployment)?);
        Ok(Wants {
            request: interest(&request),
            response: interest(&answer),
            errors: Interest::None,
        })
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        let rules = |section| -> Result<Vec<Rule>> {
            let mut rules = read(config, section, &exchange.deployment)?;
            rules.retain(|rule| rule.when.fits(&exchange));
            Ok(rules)
        };
        let (request, response, events) = (
            rules(Section::Request)?,
            rules(Section::Response)?,
            rules(Section::Events)?,
        );
        if response.is_empty() && events.is_empty() {
            host::listen(&Interest::None);
        }
        Ok(Rules {
            request,
            response,
            events,
            exchange,
        })
    }

    fn on_request(&mut self) -> Result<RequestOutcome> {
        let roots = self
            .request
            .iter()
            .flat_map(Rule::roots)
            .map(String::from)
            .collect();
        let edit = body::patch(roots, |body| {
            apply(&mut self.request, &self.exchange, body);
        })?;
        Ok(edit.into_outcome())
    }

    fn on_event(&mut self, event: &Event) -> Result<Out> {
        let rules = match event.kind {
            EventKind::Error => return Ok(Out::pass()),
            EventKind::Chunk => &mut self.events,
            EventKind::Whole => &mut self.response,
        };
        if rules.is_empty() {
            return Ok(Out::pass());
        }
        let mut json = event.json()?;
        Ok(match apply(rules, &self.exchange, &mut json) {
            Applied::Nothing => Out::pass(),
            Applied::Changed => Out::nothing().named_event(event.name.clone(), json),
            Applied::Dropped => Out::nothing(),
        })
    }
}

/// One rule after the other, each on what the one before made.
fn apply(rules: &mut [Rule], exchange: &Exchange, json: &mut Json<'_>) -> Applied {
    let mut all = Applied::Nothing;
    for rule in rules {
        let applied = rule.apply(exchange, json);
        if applied == Applied::Nothing {
            continue;
        }
        if !core::mem::replace(&mut rule.told, true) {
            host::note("changed", &rule.name);
        }
        all = applied;
        if all == Applied::Dropped {
            break;
        }
    }
    all
}

yallmp_sdk::export!(Rules, no_std);
