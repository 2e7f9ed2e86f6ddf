//! Exchanges against a scripted backend, with paused time.

mod account;
mod clients;
mod log;
mod plugins;
mod responses;
mod rough;
mod streams;
mod whole;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use super::*;
use crate::account::{Account, Ended, Observer, TraceContext};
use crate::config::{Backend, BadEvent, Config, Deployment, LogLevel};
use crate::route::{Health, Router};
use crate::tape::{End, Entry, ExchangeMeta, Note, Outcome};
use crate::upstream::{UpstreamError, UpstreamReply, UpstreamRequest};

/// What the backend does for one request.
#[derive(Clone)]
struct Script {
    refuse: Option<UpstreamError>,
    head_after: Duration,
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<Act>,
}

#[derive(Clone)]
enum Act {
    Send(Bytes),
    Wait(Duration),
    Break,
    Hang,
    /// A comment every second, for ever.
    Comments,
}

fn sse(pieces: &[&str]) -> Script {
    Script {
        refuse: None,
        head_after: Duration::ZERO,
        status: 200,
        headers: vec![("content-type", "text/event-stream")],
        body: pieces
            .iter()
            .map(|p| Act::Send(Bytes::copy_from_slice(p.as_bytes())))
            .collect(),
    }
}

fn json(status: u16, body: &str) -> Script {
    Script {
        status,
        headers: vec![("content-type", "application/json")],
        ..sse(&[body])
    }
}

impl Script {
    fn then(mut self, act: Act) -> Self {
        self.body.push(act);
        self
    }
}

#[derive(Default)]
struct Scripted {
    scripts: Mutex<VecDeque<Script>>,
    requests: Mutex<Vec<UpstreamRequest>>,
    /// Bodies that are being read now.
    open: Arc<Mutex<i32>>,
}

struct Opened(Arc<Mutex<i32>>);

impl Drop for Opened {
    fn drop(&mut self) {
        *self.0.lock().unwrap() -= 1;
    }
}

#[async_trait]
impl Upstream for Scripted {
    async fn send(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        self.requests.lock().unwrap().push(request);
        let script = self
            .scripts
            .lock()
            .unwrap()
            .pop_front()
            .expect("a script for the request");
        tokio::time::sleep(script.head_after).await;
        if let Some(error) = script.refuse {
            return Err(error);
        }
        *self.open.lock().unwrap() += 1;
        let open = Opened(self.open.clone());
        let acts = VecDeque::from(script.body);
        let body = futures_util::stream::unfold((acts, open), |(mut acts, open)| async move {
            loop {
                match acts.pop_front()? {
                    Act::Send(bytes) => return Some((Ok(bytes), (acts, open))),
                    Act::Wait(time) => tokio::time::sleep(time).await,
                    Act::Break => {
                        let error = UpstreamError::Broken("reset".into());
                        return Some((Err(error), (acts, open)));
                    }
                    Act::Hang => std::future::pending().await,
                    Act::Comments => {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        acts.push_front(Act::Comments);
                        return Some((Ok(Bytes::from_static(b": ping\n\n")), (acts, open)));
                    }
                }
            }
        });
        let mut headers = HeaderMap::new();
        for (name, value) in script.headers {
            headers.insert(name, value.parse().unwrap());
        }
        let status = StatusCode::from_u16(script.status).unwrap();
        Ok(UpstreamReply {
            status,
            headers,
            body: Box::pin(body),
        })
    }
}

#[derive(Default)]
struct Ends(Mutex<Vec<End>>, Mutex<Vec<Note>>);

impl Sink for Ends {
    fn append(&self, _: &Arc<ExchangeMeta>, entries: Vec<Entry>) -> Option<Vec<Entry>> {
        for timed in entries.into_iter().flat_map(Entry::unpack) {
            if let Note::End(end) = &timed.note {
                self.0.lock().unwrap().push((**end).clone());
            }
            self.1.lock().unwrap().push(timed.note);
        }
        None
    }
}

/// Exchanges that began, and what those came to that ended.
#[derive(Default)]
struct Accounts(Mutex<u32>, Mutex<Vec<(End, Account)>>);

impl Observer for Accounts {
    fn began(&self) {
        *self.0.lock().unwrap() += 1;
    }

    fn ended(&self, exchange: &Ended<'_>) {
        let account = (exchange.end.clone(), exchange.account.clone());
        self.1.lock().unwrap().push(account);
    }
}

struct World {
    gateway: Arc<Gateway>,
    backend: Arc<Scripted>,
    ends: Arc<Ends>,
    accounts: Arc<Accounts>,
    trace: Option<TraceContext>,
}

impl World {
    /// A model `m` with a fallback `spare`, both behind the scripts in their order.
    fn new(scripts: Vec<Script>) -> Self {
        Self::with(scripts, |_| {})
    }

    fn with(scripts: Vec<Script>, change: impl FnOnce(&mut Config)) -> Self {
        let backend = || Backend::Http {
            base: "http://backend/v1".into(),
        };
        let mut config = Config {
            deployments: vec![
                Arc::new(Deployment::new("m", backend())),
                Arc::new(Deployment::new("spare", backend())),
            ],
            ..Config::default()
        };
        config
            .router
            .fallbacks
            .general
            .insert("m".into(), vec!["spare".into()]);
        config.router.tries = 2;
        config.request_log.level = LogLevel::Full;
        change(&mut config);
        let upstream = Arc::new(Scripted {
            scripts: Mutex::new(scripts.into()),
            ..Default::default()
        });
        let ends = Arc::new(Ends::default());
        let accounts = Arc::new(Accounts::default());
        let gateway = Gateway {
            router: Router::new(&config, Arc::new(Health::default())),
            config: Arc::new(config),
            chains: HashMap::new(),
            upstream: upstream.clone(),
            sink: ends.clone(),
            observer: accounts.clone(),
        };
        Self {
            gateway: Arc::new(gateway),
            backend: upstream,
            ends,
            accounts,
            trace: None,
        }
    }

    async fn ask(&self, body: &str) -> Result<Reply, ProxyError> {
        self.post("/v1/chat/completions", body).await
    }

    async fn post(&self, path: &str, body: &str) -> Result<Reply, ProxyError> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer client-key".parse().unwrap());
        headers.insert("x-custom", "kept".parse().unwrap());
        headers.insert("connection", "x-hop".parse().unwrap());
        headers.insert("x-hop", "gone".parse().unwrap());
        let request = ClientRequest {
            id: "req-1".into(),
            path: path.into(),
            host: "localhost".into(),
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
            tenant: "t".into(),
            trace: self.trace,
        };
        run(self.gateway.clone(), request).await
    }

    async fn stream(&self) -> String {
        let reply = self.ask(STREAM).await.expect("a stream");
        assert_eq!(reply.status, 200);
        text(reply).await
    }

    fn end(&self) -> End {
        let ends = self.ends.0.lock().unwrap();
        assert_eq!(ends.len(), 1, "one end");
        ends[0].clone()
    }

    /// Of the one exchange that there was.
    fn account(&self) -> (End, Account) {
        assert_eq!(*self.accounts.0.lock().unwrap(), 1, "one beginning");
        let accounts = self.accounts.1.lock().unwrap();
        assert_eq!(accounts.len(), 1, "one end");
        accounts[0].clone()
    }

    /// A header that a backend got with its request, counted from 0.
    fn header(&self, request: usize, name: &str) -> Option<HeaderValue> {
        let requests = self.backend.requests.lock().unwrap();
        requests[request].headers.get(name).cloned()
    }

    fn tries(&self) -> usize {
        self.backend.requests.lock().unwrap().len()
    }

    fn warnings(&self) -> Vec<String> {
        let notes = self.ends.1.lock().unwrap();
        notes
            .iter()
            .filter_map(|note| match note {
                Note::Warning(text) => Some(text.clone()),
                _ => None,
            })
            .collect()
    }
}

async fn text(reply: Reply) -> String {
    let bytes = match reply.body {
        ReplyBody::Whole(bytes) => bytes.to_vec(),
        ReplyBody::Stream(stream) => {
            stream
                .map(|piece| piece.expect("no errors").to_vec())
                .concat()
                .await
        }
    };
    String::from_utf8(bytes).unwrap()
}

const STREAM: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}"#;
const WHOLE: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
const ROLE: &str = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
const HI: &str = "data: {\"id\":\"c\",  \"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]}\n\n";
const STOP: &str =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"total_tokens\":7}}\n\n";
const DONE: &str = "data: [DONE]\n\n";
const ANSWER: &str = r#"{"id":"c",  "choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"total_tokens":7}}"#;

/// The last event of a stream, as JSON.
fn last_event(stream: &str) -> Value {
    let event = stream.trim_end().rsplit("\n\n").next().unwrap();
    serde_json::from_str(event.trim_start_matches("data: ")).unwrap()
}
