//! Recorded exchanges as tests: folders that `yallmp fixture` writes.

use std::borrow::ToOwned;
use std::format;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use super::Kit;
use crate::{EndReason, Json, Patch};

/// One exchange: the client's request, the backend's answer, and what the client got.
#[derive(Debug, Clone)]
pub struct Fixture {
    folder: PathBuf,
    facts: Json<'static>,
    request: String,
    expected_request: String,
    upstream: Body,
    expected: Body,
}

/// An answer, by the kind of its file.
#[derive(Debug, Clone, PartialEq)]
enum Body {
    /// `.sse`: the JSON texts of its events.
    Stream(Vec<String>),
    /// `.json`
    Whole(String),
}

impl Fixture {
    /// Reads a folder; in a test, paths are relative to the package.
    ///
    /// # Panics
    /// The folder is no fixture.
    #[must_use]
    pub fn read(folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        let facts = text(&folder.join("fixture.json"));
        let facts = Json::parse(&facts).expect("fixture.json is JSON");
        assert_eq!(
            facts.get("version").and_then(Json::as_u64),
            Some(1),
            "`{}` was written by another version of yallmp",
            folder.display()
        );
        Fixture {
            request: text(&folder.join("request.json")),
            expected_request: text(&folder.join("expected-request.json")),
            upstream: Body::read(folder, "upstream"),
            expected: Body::read(folder, "expected"),
            facts: facts.into_owned(),
            folder: folder.to_owned(),
        }
    }

    /// The exchange for a plugin, with the settings that it had if it was in the chain.
    #[must_use]
    pub fn kit<P: Patch>(&self) -> Kit<P> {
        let facts = &self.facts;
        let text = |json: &Json<'_>, name: &str| {
            let value = json.get(name).and_then(Json::as_str);
            value.unwrap_or_default().to_string()
        };
        let mut kit = Kit::new()
            .request(self.request.as_str())
            .config(self.config::<P>());
        if let Some(headers) = facts.get("headers").and_then(Json::as_object) {
            for (name, value) in headers.iter() {
                kit = kit.header(name, value.as_str().unwrap_or_default());
            }
        }
        kit.exchange(|exchange| {
            exchange.id = text(facts, "id");
            exchange.path = text(facts, "path");
            exchange.client_model = text(facts, "client_model");
            exchange.target_model = text(facts, "target_model");
            exchange.streaming = facts.get("streaming").and_then(Json::as_bool) == Some(true);
            let Some(told) = facts.get("deployment") else {
                return;
            };
            let json = |name| told.get(name).map_or("{}".to_string(), Json::to_text);
            let deployment = &mut exchange.deployment;
            deployment.id = text(told, "id");
            deployment.model_name = text(told, "model_name");
            deployment.target_model = text(told, "target_model");
            deployment.provider = text(told, "provider");
            deployment.api_base = text(told, "api_base");
            deployment.supports_reasoning = told.get("supports_reasoning").and_then(Json::as_bool);
            deployment.params = json("params");
            deployment.model_info = json("model_info");
            deployment.profile = json("profile");
        })
    }

    /// Runs the plugin on the backend's answer and compares with what the client got. If the
    /// fixture was written for this plugin alone (`--plugins`), the request is compared, too.
    ///
    /// # Panics
    /// Something else comes out, or the plugin fails.
    pub fn check<P: Patch>(&self) {
        let kit = self.kit::<P>();
        let out = match &self.upstream {
            Body::Whole(body) => kit.whole(body).map(Body::Whole),
            Body::Stream(events) => kit
                .stream_until(events, self.end())
                .map(|events| Body::Stream(self.shown(events))),
        };
        let name = self.folder.display();
        let out = out.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(
            out == self.expected,
            "{name}: {}",
            self.expected.other(&out)
        );
        if self.is_alone::<P>() {
            let sent = kit.request_out();
            let sent = sent.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(sent, self.expected_request, "{name}: the request");
        }
    }

    fn plugins(&self) -> impl Iterator<Item = &Json<'static>> {
        let plugins = self.facts.get("plugins").and_then(Json::as_array);
        plugins.into_iter().flat_map(|plugins| plugins.iter())
    }

    fn is_alone<P: Patch>(&self) -> bool {
        self.plugins().count() == 1 && self.config_of::<P>().is_some()
    }

    fn config_of<P: Patch>(&self) -> Option<&Json<'static>> {
        let is_it = |plugin: &&Json<'static>| {
            plugin.get("name").and_then(Json::as_str) == Some(P::INFO.name)
        };
        self.plugins().find(is_it)?.get("config")
    }

    fn config<P: Patch>(&self) -> String {
        self.config_of::<P>()
            .map_or("null".to_string(), Json::to_text)
    }

    fn end(&self) -> EndReason {
        match self.facts.get("end").and_then(Json::as_str) {
            Some("end-of-input") => EndReason::EndOfInput,
            Some("upstream-error") => EndReason::UpstreamError,
            _ => EndReason::Done,
        }
    }

    /// The proxy keeps the chunk of usage to itself when the client did not ask for it.
    fn shown(&self, mut events: Vec<String>) -> Vec<String> {
        let request = Json::parse(&self.request).ok();
        let options = request.as_ref().and_then(|it| it.get("stream_options"));
        let include = options.and_then(|it| it.get("include_usage")?.as_bool());
        if include != Some(true) {
            events.retain(|event| !is_usage_only(event));
        }
        events
    }
}

fn is_usage_only(event: &str) -> bool {
    let Ok(event) = Json::parse(event) else {
        return false;
    };
    let choices = event.get("choices").and_then(Json::as_array);
    let usage = event.get("usage").and_then(Json::as_object);
    usage.is_some() && choices.is_some_and(|choices| choices.iter().next().is_none())
}

impl Body {
    fn read(folder: &Path, name: &str) -> Self {
        let stream = folder.join(format!("{name}.sse"));
        match stream.is_file() {
            true => Body::Stream(events(&text(&stream))),
            false => Body::Whole(text(&folder.join(format!("{name}.json")))),
        }
    }

    /// Where another one begins to differ.
    fn other(&self, out: &Self) -> String {
        let (Body::Stream(expected), Body::Stream(out)) = (self, out) else {
            return format!("expected {self:?}\nbut got  {out:?}");
        };
        let same = expected.iter().zip(out).take_while(|(a, b)| a == b).count();
        let show = |events: &[String]| match events.get(same) {
            Some(event) => event.to_owned(),
            None => "the end".to_string(),
        };
        format!(
            "event {}\nexpected {}\nbut got  {}",
            same + 1,
            show(expected),
            show(out)
        )
    }
}

/// The `data` of all events but `[DONE]`.
fn events(stream: &str) -> Vec<String> {
    let stream = stream.replace("\r\n", "\n").replace('\r', "\n");
    let data = |frame: &str| {
        let lines = frame.lines().filter_map(|line| line.strip_prefix("data:"));
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    };
    let events = stream.split("\n\n").map(data);
    events
        .filter(|data| !data.is_empty() && data.trim() != "[DONE]")
        .collect()
}

fn text(path: &Path) -> String {
    match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => panic!("cannot read `{}`: {error}", path.display()),
    }
}
