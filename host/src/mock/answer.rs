//! The scene for a request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use yallmp_core::config::{Backend, Deployment};
use yallmp_core::upstream::UpstreamRequest;

use super::fault::{self, Fault, Request};
use super::source::{Source, scenarios};
use crate::upstream::demo::{self, Demo};
use crate::upstream::scene::{Act, Scene};

pub struct Mock {
    source: Mutex<Source>,
    demo: Demo,
    /// Requests that each fault has seen.
    seen: Mutex<HashMap<&'static str, u32>>,
    /// None: without any wait.
    speed: Option<f64>,
}

/// What is played, and its name.
pub struct Played {
    pub name: String,
    pub scene: Scene,
}

impl Mock {
    pub fn new(source: Source, speed: Option<f64>) -> Self {
        Self {
            source: Mutex::new(source),
            demo: Demo::default(),
            seen: Mutex::default(),
            speed,
        }
    }

    /// The answer to a POST.
    pub fn answer(&self, path: &str, body: Bytes) -> Played {
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let model = asked["model"].as_str().unwrap_or_default();
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let mut played = match &mut *source {
            Source::Model => self.scenario(model, path, &asked),
            Source::Scenario(name) => self.scenario(name, path, &asked),
            Source::Recorded(tracks) => match tracks.next(&body) {
                Some((name, scene)) => Played {
                    name: name.to_owned(),
                    scene,
                },
                None => refusal("no backend was asked in what was recorded"),
            },
        };
        played.scene = played.scene.at_speed(self.speed);
        played
    }

    /// What `GET /v1/models` says.
    pub fn models() -> Scene {
        let model = |(name, _)| json!({"id": name, "object": "model", "owned_by": "yallmp-mock"});
        let models: Vec<Value> = scenarios().map(model).collect();
        let list = json!({"object": "list", "data": models}).to_string();
        Scene::new(StatusCode::OK, "application/json").then(Act::Send(list.into()))
    }

    fn scenario(&self, name: &str, path: &str, asked: &Value) -> Played {
        // Agents write `provider/model`.
        let name = name.rsplit('/').next().unwrap_or(name);
        let scene = if let Some(fault) = fault::ALL.iter().find(|fault| fault.name == name) {
            self.fault(fault, path, asked)
        } else if demo::models().any(|(known, _)| known == name) {
            self.demo(name, path, asked)
        } else {
            let known: Vec<_> = scenarios().map(|(name, _)| name).collect();
            let known = known.join(", ");
            return refusal(&format!("no model `{name}` here; there are {known}"));
        };
        Played {
            name: name.to_owned(),
            scene,
        }
    }

    fn fault(&self, fault: &'static Fault, path: &str, asked: &Value) -> Scene {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let number = seen.entry(fault.name).or_default();
        *number += 1;
        let request = Request {
            plain: self.demo("plain", path, asked),
            streaming: asked["stream"] == true,
            number: *number,
        };
        match fault.streams_only && !request.streaming {
            true => request.plain,
            false => (fault.play)(&request),
        }
    }

    /// One of the demonstration's models.
    fn demo(&self, model: &str, path: &str, asked: &Value) -> Scene {
        let mut body = asked.clone();
        if body.is_object() {
            body["model"] = model.into();
        }
        self.demo.scene(&UpstreamRequest {
            deployment: Arc::new(Deployment::new(model, Backend::Demo)),
            method: Method::POST,
            url: format!("builtin://demo{path}"),
            headers: HeaderMap::new(),
            body: body.to_string().into(),
        })
    }
}

fn refusal(message: &str) -> Played {
    Played {
        name: "404".to_owned(),
        scene: fault::error(StatusCode::NOT_FOUND, "model_not_found", message),
    }
}
