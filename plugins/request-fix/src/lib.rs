#![cfg_attr(target_arch = "wasm32", no_std)]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod alternatives;
mod arguments;
mod calls;
mod content;
mod facts;
mod history;
mod ids;
mod letters;
mod names;
mod pairs;
mod roles;
mod schema;
mod tools;

use alloc::vec::Vec;

use yallmp_sdk::json::Array;
use yallmp_sdk::request::member;
use yallmp_sdk::{
    Deployment, Edit, Error, Event, Exchange, Info, Interest, Json, Out, Patch, RequestOutcome,
    Wants, host,
};

use facts::Facts;
use history::History;
use names::Names;
use tools::Choice;

/// The plugin: one request.
pub struct RequestFix {
    facts: Facts,
    is_chat: bool,
    /// Names of tools that were shortened.
    names: Names,
}

impl Patch for RequestFix {
    const INFO: Info = Info {
        name: "request-fix",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Changes what a backend would refuse in a request: history, ids, roles, schemas, parameters.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants, Error> {
        // What is known of the model of a wildcard is only seen with the request.
        let request = match deployment.target_model.contains('*') {
            true => Interest::any_of(&facts::ALL_SIGNS),
            false => Facts::read(config, &deployment.profile).signs(),
        };
        Ok(Wants::nothing().request(request))
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self, Error> {
        Ok(RequestFix {
            facts: Facts::read(config, &exchange.deployment.profile),
            is_chat: exchange.path.ends_with("/chat/completions"),
            names: Names::default(),
        })
    }

    fn on_request(&mut self) -> Result<RequestOutcome, Error> {
        if !self.is_chat {
            return Ok(RequestOutcome::Unchanged);
        }
        let facts = &self.facts;
        let mut edit = Edit::new();
        let mut changed: Vec<&str> = Vec::new();
        let mut told = None;
        let mut offered = Vec::new();
        for name in &facts.drop {
            if member(name).is_some() {
                edit = edit.remove(name);
                changed.push(name);
            }
        }
        let tools = member("tools").filter(|_| facts.reads_tools());
        if let Some(Json::Array(list)) = tools.as_deref().and_then(|text| Json::parse(text).ok()) {
            let before = list.clone();
            offered = tools::names(&list);
            let list = tools::fit(list, facts, &mut self.names);
            if list != before {
                edit = edit.set("tools", &Json::Array(list));
                changed.push("tools");
            }
        }
        if let Some(choice) = member("tool_choice")
            && let Some(Choice { choice, words }) = tools::choice(&choice, facts, &self.names)
        {
            edit = edit.set("tool_choice", &choice);
            changed.push("tool_choice");
            told = words;
        }
        let reads_messages = facts.reads_messages() || told.is_some();
        let messages = member("messages").filter(|_| reads_messages);
        if let Some(Json::Array(list)) = messages.as_deref().and_then(|t| Json::parse(t).ok()) {
            let mut history = History::new(list.into_items());
            if let Some(form) = &facts.names {
                self.names.learn(&history, form, &offered);
            }
            repair(&mut history, facts, &self.names, told.as_deref());
            if history.is_changed() {
                let messages: Vec<Json<'_>> = history.into_messages();
                edit = edit.set("messages", &Json::Array(Array::from_iter(messages)));
                changed.push("messages");
            }
        }
        if !changed.is_empty() {
            host::note("changed", &changed.join(" "));
        }
        if let Some(interest) = self.names.interest() {
            host::listen(&interest);
        }
        Ok(edit.into_outcome())
    }

    /// Only called for answers that hold a shortened name.
    fn on_event(&mut self, event: &Event) -> Result<Out, Error> {
        Ok(self.names.restore(event))
    }
}

/// The order matters: what one step makes the next ones see.
fn repair(history: &mut History<'_>, facts: &Facts, names: &Names, told: Option<&str>) {
    roles::rename(history, facts);
    content::strip(history, facts);
    content::join(history, facts);
    if let Some(words) = told {
        roles::tell(history, words);
    }
    if facts.one_system {
        roles::merge_systems(history);
    }
    arguments::mend(history, facts);
    pairs::repair(history, facts);
    ids::fit(history, facts);
    names.shorten(history);
    calls::fit(history, facts);
    calls::follow_up(history, facts);
}

yallmp_sdk::export!(RequestFix, no_std);
