//! Exchanges against a scripted backend, with paused time.

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
pub(super) struct Script {
    pub(super) refuse: Option<UpstreamError>,
    pub(super) head_after: Duration,
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: Vec<Act>,
}

#[derive(Clone)]
pub(super) enum Act {
    Send(Bytes),
    Wait(Duration),
    Break,
    Hang,
    /// A comment every second, for ever.
    Comments,
}

pub(super) fn sse(pieces: &[&str]) -> Script {
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

pub(super) fn json(status: u16, body: &str) -> Script {
    Script {
        status,
        headers: vec![("content-type", "application/json")],
        ..sse(&[body])
    }
}

impl Script {
    pub(super) fn then(mut self, act: Act) -> Self {
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
    fn append(&self, _: &Arc<ExchangeMeta>, entries: Vec<Entry>) {
        for timed in entries.into_iter().flat_map(Entry::unpack) {
            if let Note::End(end) = &timed.note {
                self.0.lock().unwrap().push((**end).clone());
            }
            self.1.lock().unwrap().push(timed.note);
        }
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

pub(super) struct World {
    pub(super) gateway: Arc<Gateway>,
    backend: Arc<Scripted>,
    ends: Arc<Ends>,
    accounts: Arc<Accounts>,
    pub(super) trace: Option<TraceContext>,
}

impl World {
    /// A model `m` with a fallback `spare`, both behind the scripts in their order.
    pub(super) fn new(scripts: Vec<Script>) -> Self {
        Self::with(scripts, |_| {})
    }

    pub(super) fn with(scripts: Vec<Script>, change: impl FnOnce(&mut Config)) -> Self {
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

    pub(super) async fn ask(&self, body: &str) -> Result<Reply, ProxyError> {
        self.post("/v1/chat/completions", body).await
    }

    pub(super) async fn post(&self, path: &str, body: &str) -> Result<Reply, ProxyError> {
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

    pub(super) async fn stream(&self) -> String {
        let reply = self.ask(STREAM).await.expect("a stream");
        assert_eq!(reply.status, 200);
        text(reply).await
    }

    pub(super) fn end(&self) -> End {
        let ends = self.ends.0.lock().unwrap();
        assert_eq!(ends.len(), 1, "one end");
        ends[0].clone()
    }

    /// Of the one exchange that there was.
    pub(super) fn account(&self) -> (End, Account) {
        assert_eq!(*self.accounts.0.lock().unwrap(), 1, "one beginning");
        let accounts = self.accounts.1.lock().unwrap();
        assert_eq!(accounts.len(), 1, "one end");
        accounts[0].clone()
    }

    /// A header that a backend got with its request, counted from 0.
    pub(super) fn header(&self, request: usize, name: &str) -> Option<HeaderValue> {
        let requests = self.backend.requests.lock().unwrap();
        requests[request].headers.get(name).cloned()
    }

    pub(super) fn tries(&self) -> usize {
        self.backend.requests.lock().unwrap().len()
    }

    pub(super) fn warnings(&self) -> Vec<String> {
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

pub(super) async fn text(reply: Reply) -> String {
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

pub(super) const STREAM: &str =
    r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}"#;
pub(super) const WHOLE: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
pub(super) const ROLE: &str = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
pub(super) const HI: &str = "data: {\"id\":\"c\",  \"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]}\n\n";
pub(super) const STOP: &str =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"total_tokens\":7}}\n\n";
pub(super) const DONE: &str = "data: [DONE]\n\n";
pub(super) const ANSWER: &str = r#"{"id":"c",  "choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"total_tokens":7}}"#;

/// The last event of a stream, as JSON.
fn last_event(stream: &str) -> Value {
    let event = stream.trim_end().rsplit("\n\n").next().unwrap();
    serde_json::from_str(event.trim_start_matches("data: ")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_healthy_stream_leaves_byte_for_byte() {
    let input = [": hello\r\n\r\n", ROLE, HI, ": ping\n\n", STOP, DONE];
    let world = World::new(vec![sse(&input)]);
    assert_eq!(world.stream().await, input.concat());
    let end = world.end();
    assert_eq!(end.outcome, Outcome::Success);
    assert_eq!(end.events_in, 3);
    assert_eq!(world.tries(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_cut_at_any_byte_into_pieces_is_the_same() {
    let whole = [
        ROLE,
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"é🙂\"}}]}\r\n\r\n",
        STOP,
        DONE,
    ]
    .concat();
    for cut in 0..whole.len() {
        let bytes = Bytes::from(whole.clone());
        let mut script = sse(&[]);
        script.body = vec![Act::Send(bytes.slice(..cut)), Act::Send(bytes.slice(cut..))];
        let world = World::new(vec![script]);
        assert_eq!(world.stream().await, whole, "cut at {cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn whole_answers_leave_byte_for_byte() {
    let world = World::new(vec![json(200, ANSWER)]);
    let reply = world.ask(WHOLE).await.unwrap();
    assert_eq!(reply.headers["x-request-id"], "req-1");
    assert_eq!(reply.headers["x-yallmp-deployment"], "m#1");
    assert_eq!(reply.headers["x-yallmp-attempts"], "1");
    assert!(reply.headers.contains_key("x-yallmp-overhead-ms"));
    assert_eq!(text(reply).await, ANSWER);
    let end = world.end();
    assert_eq!(end.usage.as_deref(), Some(r#"{"total_tokens":7}"#));
    assert_eq!((end.events_in, end.events_out), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_clients_key_and_connection_headers_stay_here() {
    let world = World::new(vec![json(200, ANSWER)]);
    world.ask(WHOLE).await.unwrap();
    let request = world.backend.requests.lock().unwrap()[0].clone();
    assert_eq!(request.url, "http://backend/v1/chat/completions");
    assert_eq!(request.headers["x-custom"], "kept");
    for gone in [
        "authorization",
        "connection",
        "x-hop",
        "host",
        "content-length",
    ] {
        assert!(!request.headers.contains_key(gone), "{gone}");
    }
    assert_eq!(request.body, WHOLE);
}

#[tokio::test(start_paused = true)]
async fn bad_requests_are_refused_with_the_place() {
    for (body, param, message) in [
        ("{", "", "the body is not valid JSON"),
        ("[]", "", "must be a JSON object"),
        ("{}", "model", "`model` is missing"),
        (r#"{"model":7}"#, "model", "must be a string"),
        (r#"{"model":"m"}"#, "messages", "`messages` is missing"),
        (r#"{"model":"m","messages":[ ]}"#, "messages", "is empty"),
        (
            r#"{"model":"m","messages":"hi"}"#,
            "messages",
            "must be a list",
        ),
        (
            r#"{"model":"m","messages":[1],"stream":"yes"}"#,
            "stream",
            "true or false",
        ),
    ] {
        let world = World::new(vec![]);
        let error = world.ask(body).await.err().expect("refused");
        assert_eq!(error.status, 400, "{body}");
        assert!(error.message.contains(message), "{body}: {}", error.message);
        assert_eq!(error.param.as_deref().unwrap_or_default(), param);
        assert_eq!(world.end().outcome, Outcome::Error);
    }
    let world = World::new(vec![]);
    let error = world
        .ask(r#"{"model":"spate","messages":[1]}"#)
        .await
        .err()
        .unwrap();
    assert_eq!(error.status, 404);
    assert!(error.message.contains("spare"), "{}", error.message);
}

/// What is no answer is never committed: the next deployment gets its chance.
#[tokio::test(start_paused = true)]
async fn a_stream_without_an_answer_falls_back() {
    let preamble = sse(&[ROLE]);
    let error_event = "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n";
    let silent = Duration::from_secs(3600);
    for (what, bad) in [
        ("nothing", sse(&[])),
        ("done alone", sse(&[DONE])),
        ("a preamble and done", sse(&[ROLE, DONE])),
        ("a preamble, cut", preamble.clone()),
        ("a preamble, broken", preamble.clone().then(Act::Break)),
        ("a preamble, silence", preamble.clone().then(Act::Hang)),
        ("an error first", sse(&[error_event])),
        ("a preamble, then an error", sse(&[ROLE, error_event])),
        (
            "html",
            Script {
                headers: vec![("content-type", "text/html")],
                ..sse(&["<html>"])
            },
        ),
        (
            "json error with 200",
            json(200, r#"{"error":{"message":"no"}}"#),
        ),
        (
            "no head",
            Script {
                head_after: silent,
                ..sse(&[])
            },
        ),
        (
            "refused",
            Script {
                refuse: Some(UpstreamError::Connect("no".into())),
                ..sse(&[])
            },
        ),
        ("500", json(500, "{}")),
        ("401", json(401, "{}")),
        ("a redirect", json(302, "")),
        ("comments for ever", sse(&[]).then(Act::Comments)),
        ("an endless line", sse(&["data: {"]).then(Act::Hang)),
    ] {
        let good = sse(&[ROLE, HI, STOP, DONE]);
        let world = World::with(vec![bad, good], |config| config.router.tries = 1);
        let reply = world
            .ask(STREAM)
            .await
            .unwrap_or_else(|e| panic!("{what}: {e}"));
        let from = reply.headers.get("x-yallmp-deployment").cloned();
        let all = text(reply).await;
        assert!(
            all.ends_with(&[ROLE, HI, STOP, DONE].concat()),
            "{what}: {all}"
        );
        assert!(all.matches("data:").count() == 4, "{what}: {all}");
        if let Some(from) = from {
            assert_eq!(from, "spare#1", "{what}");
        }
        assert_eq!(world.tries(), 2, "{what}");
        assert_eq!(world.end().outcome, Outcome::Success, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_without_an_answer_falls_back() {
    for (what, bad) in [
        ("empty", json(200, "")),
        (
            "html",
            Script {
                headers: vec![("content-type", "text/html")],
                ..json(200, "<html></html>")
            },
        ),
        ("html that says json", json(200, "<!doctype html>")),
        ("no choices", json(200, r#"{"id":"x"}"#)),
        ("empty choices", json(200, r#"{"choices":[]}"#)),
        ("an error", json(200, r#"{"error":"overloaded"}"#)),
        ("cut", json(200, r#"{"choices":[{"#)),
        ("broken", json(200, r#"{"choices""#).then(Act::Break)),
        ("a hang", json(200, r#"{"choices""#).then(Act::Hang)),
        ("a stream", sse(&[HI])),
    ] {
        let world = World::with(vec![bad, json(200, ANSWER)], |config| {
            config.router.tries = 1
        });
        let reply = world
            .ask(WHOLE)
            .await
            .unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(text(reply).await, ANSWER, "{what}");
        assert_eq!(world.tries(), 2, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_at_the_end_is_supplied_once() {
    let world = World::new(vec![sse(&[ROLE, HI, STOP])]);
    assert_eq!(world.stream().await, [ROLE, HI, STOP, DONE].concat());
    assert_eq!(world.warnings().len(), 1);

    let world = World::new(vec![sse(&[ROLE, HI, DONE])]);
    let all = world.stream().await;
    let finish = all.strip_prefix(&[ROLE, HI].concat()).unwrap();
    assert!(
        finish.contains(r#""finish_reason":"stop""#) && finish.ends_with(DONE),
        "{finish}"
    );
    assert!(finish.contains(r#""id":"c""#));

    let call = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}\n\n";
    let world = World::new(vec![sse(&[call, DONE])]);
    assert!(
        world
            .stream()
            .await
            .contains(r#""finish_reason":"tool_calls""#)
    );

    let world = World::new(vec![sse(&[HI, STOP, DONE, HI, DONE])]);
    assert_eq!(
        world.stream().await,
        [HI, STOP, DONE].concat(),
        "what follows [DONE] is ignored"
    );

    let world = World::new(vec![sse(&[HI, STOP, "data: [DONE]"])]);
    assert_eq!(world.stream().await, [HI, STOP, DONE].concat());

    let world = World::new(vec![sse(&[HI, STOP]).then(Act::Break)]);
    let all = world.stream().await;
    assert!(
        all.ends_with(DONE) && !all.contains("error"),
        "complete before it broke: {all}"
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_commit_a_failure_is_one_honest_error_and_the_end() {
    let error_event =
        "data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n";
    for (what, script, message) in [
        ("cut", sse(&[ROLE, HI]), "ended before"),
        ("broken", sse(&[ROLE, HI]).then(Act::Break), "reset"),
        ("silence", sse(&[ROLE, HI]).then(Act::Hang), "silent"),
        (
            "an error event",
            sse(&[ROLE, HI, error_event, DONE]),
            "overloaded",
        ),
    ] {
        let world = World::with(vec![script], |config| config.streaming.keep_alive = None);
        let all = world.stream().await;
        assert!(all.starts_with(&[ROLE, HI].concat()), "{what}: {all}");
        assert!(!all.contains("[DONE]"), "{what}: {all}");
        let error = last_event(&all);
        let text = error["error"]["message"].as_str().unwrap();
        assert!(text.contains(message), "{what}: {text}");
        let end = world.end();
        assert_eq!(end.outcome, Outcome::Error, "{what}");
        assert_eq!(world.tries(), 1, "{what}: nothing is retried");
    }
}

#[tokio::test(start_paused = true)]
async fn events_that_are_not_json_never_reach_the_client() {
    for bad in [
        "data: <html>\n\n",
        "data: {\"cut\":\n\n",
        "data: null\n\n",
        "data: {\"choices\":[{oops}]}\n\n",
        "data: {\"choices\":[{\"index\":,\"delta\":{}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\u{1}\"}}]}\n\n",
    ] {
        let world = World::new(vec![sse(&[ROLE, HI, bad, STOP, DONE])]);
        assert_eq!(world.stream().await, [ROLE, HI, STOP, DONE].concat());
        assert_eq!(world.warnings().len(), 1);
        let world = World::with(vec![sse(&[ROLE, HI, bad, STOP, DONE])], |config| {
            config.streaming.bad_event = BadEvent::Fail;
        });
        assert!(last_event(&world.stream().await)["error"].is_object());
    }
}

#[tokio::test(start_paused = true)]
async fn usage_goes_to_the_client_that_asked_and_to_the_log() {
    let world = World::new(vec![sse(&[HI, STOP, USAGE, DONE])]);
    assert_eq!(world.stream().await, [HI, STOP, DONE].concat());
    assert_eq!(world.end().usage.as_deref(), Some(r#"{"total_tokens":7}"#));

    let asks = STREAM.replace(
        "\"stream\"",
        "\"stream_options\":{\"include_usage\":true},\"stream\"",
    );
    let world = World::new(vec![sse(&[HI, STOP, USAGE, DONE])]);
    let reply = world.ask(&asks).await.unwrap();
    assert_eq!(text(reply).await, [HI, STOP, USAGE, DONE].concat());

    let world = World::with(vec![sse(&[HI, STOP, USAGE, DONE])], |config| {
        config.streaming.always_include_usage = true;
    });
    assert_eq!(world.stream().await, [HI, STOP, DONE].concat());
    let sent = world.backend.requests.lock().unwrap()[0].body.clone();
    assert!(
        std::str::from_utf8(&sent)
            .unwrap()
            .contains(r#""stream_options":{"include_usage":true}"#)
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_takes_the_backends_connection_with_it() {
    let world = World::new(vec![sse(&[ROLE, HI]).then(Act::Hang)]);
    let reply = world.ask(STREAM).await.unwrap();
    assert_eq!(*world.backend.open.lock().unwrap(), 1);
    drop(reply);
    assert_eq!(*world.backend.open.lock().unwrap(), 0);
    assert_eq!(world.end().outcome, Outcome::Cancelled);

    for (what, script) in [
        (
            "before the head",
            Script {
                head_after: Duration::from_secs(9),
                ..sse(&[])
            },
        ),
        ("before the first event", sse(&[]).then(Act::Hang)),
        ("during back-off", json(503, "{}")),
    ] {
        let world = World::new(vec![script]);
        let asking = tokio::time::timeout(Duration::from_millis(100), world.ask(STREAM));
        assert!(asking.await.is_err(), "{what}");
        assert_eq!(*world.backend.open.lock().unwrap(), 0, "{what}");
        assert_eq!(world.end().outcome, Outcome::Cancelled, "{what}");
        assert_eq!(world.tries(), 1, "{what}: the retries ended too");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_is_not_the_backends_silence() {
    let world = World::new(vec![
        sse(&[HI])
            .then(Act::Wait(Duration::from_secs(1)))
            .then(Act::Send(STOP.into()))
            .then(Act::Wait(Duration::from_secs(1)))
            .then(Act::Send(DONE.into())),
    ]);
    let reply = world.ask(STREAM).await.unwrap();
    let ReplyBody::Stream(mut stream) = reply.body else {
        panic!("a stream")
    };
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        all.extend_from_slice(&piece.unwrap());
        tokio::time::sleep(Duration::from_secs(500)).await;
    }
    assert_eq!(String::from_utf8(all).unwrap(), [HI, STOP, DONE].concat());
}

#[tokio::test]
async fn every_frame_of_a_stream_is_noted_byte_for_byte() {
    let frames = [": hi\n\n", HI, "data: \u{1}\r\n\r\n", STOP, ":\n\n", DONE];
    let world = World::new(vec![sse(&frames)]);
    world.stream().await;
    let noted = world.ends.1.lock().unwrap();
    let events = noted.iter().filter_map(|note| match note {
        Note::EventIn { number, raw } => Some((*number, raw.clone())),
        _ => None,
    });
    let (numbers, raw): (Vec<_>, Vec<_>) = events.unzip();
    assert_eq!(raw.concat(), frames.concat().into_bytes());
    assert_eq!(numbers, [0, 1, 2, 3, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn comments_keep_a_waiting_client_alive_and_commit_nothing() {
    let mut slow = sse(&[HI, STOP, DONE]);
    slow.head_after = Duration::from_secs(12);
    let bad = Script {
        head_after: Duration::from_secs(12),
        ..json(500, "{}")
    };
    let world = World::with(vec![bad, slow], |config| {
        config.streaming.keep_alive = Some(Duration::from_secs(5));
        config.router.tries = 2;
    });
    let all = world.stream().await;
    let answer = [HI, STOP, DONE].concat();
    let comments = all.strip_suffix(&answer).expect("the answer, whole");
    assert!(
        comments.matches(": keep-alive\n\n").count() >= 3,
        "{comments}"
    );
    assert_eq!(world.tries(), 2);

    let bad = Script {
        head_after: Duration::from_secs(12),
        ..json(500, r#"{"error":{"message":"broken"}}"#)
    };
    let world = World::with(vec![bad], |config| {
        config.streaming.keep_alive = Some(Duration::from_secs(5));
        config.router.tries = 1;
        config.router.fallbacks.general.clear();
    });
    let error = last_event(&world.stream().await);
    assert_eq!(error["error"]["message"], "broken");
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_becomes_a_stream_for_a_client_that_asked_for_one() {
    let answer = r#"{"id":"c","object":"chat.completion","x":1,"choices":[{"index":0,"message":{"role":"assistant","content":"hi","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"total_tokens":7}}"#;
    let world = World::new(vec![json(200, answer)]);
    let reply = world.ask(STREAM).await.unwrap();
    assert_eq!(
        reply.headers["content-type"],
        "text/event-stream; charset=utf-8"
    );
    let all = text(reply).await;
    let events: Vec<&str> = all.split("\n\n").filter(|e| !e.is_empty()).collect();
    assert_eq!(events.len(), 3, "{all}");
    let first: Value = serde_json::from_str(&events[0][6..]).unwrap();
    assert_eq!(first["object"], "chat.completion.chunk");
    assert_eq!(first["x"], 1);
    assert_eq!(first["choices"][0]["delta"]["content"], "hi");
    assert_eq!(first["choices"][0]["delta"]["tool_calls"][0]["index"], 0);
    let second: Value = serde_json::from_str(&events[1][6..]).unwrap();
    assert_eq!(second["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(events[2], "data: [DONE]");
}

#[tokio::test(start_paused = true)]
async fn events_that_arrived_together_leave_together() {
    let world = World::new(vec![sse(&[HI, HI, HI, STOP, DONE])]);
    let reply = world.ask(STREAM).await.unwrap();
    let ReplyBody::Stream(stream) = reply.body else {
        panic!("a stream")
    };
    let writes: Vec<Bytes> = stream.map(Result::unwrap).collect().await;
    assert_eq!(writes.len(), 1, "{writes:?}");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_stands_alone_is_not_delayed() {
    let world = World::new(vec![
        sse(&[HI])
            .then(Act::Wait(Duration::from_secs(5)))
            .then(Act::Send(STOP.into())),
    ]);
    let reply = world.ask(STREAM).await.unwrap();
    let ReplyBody::Stream(mut stream) = reply.body else {
        panic!("a stream")
    };
    let before = tokio::time::Instant::now();
    assert_eq!(stream.next().await.unwrap().unwrap(), HI);
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn settings_of_the_deployment_are_laid_over_last() {
    let world = World::with(vec![json(200, ANSWER)], |config| {
        let mut deployment = (*config.deployments[0]).clone();
        deployment.drop_params = vec!["seed".into(), "absent".into()];
        deployment.extra_body.insert("top_k".into(), 5.into());
        deployment.default_body.insert("n".into(), 1.into());
        deployment.default_body.insert("stop".into(), "x".into());
        deployment.api_key = Some("sk-backend".to_string().into());
        config.deployments[0] = Arc::new(deployment);
    });
    world
        .ask(r#"{"model":"m", "seed":1,"messages":[1],"stop":null}"#)
        .await
        .unwrap();
    let request = world.backend.requests.lock().unwrap()[0].clone();
    let expected = r#"{"model":"m","messages":[1],"stop":null,"n":1,"top_k":5}"#;
    assert_eq!(request.body, expected);
    assert_eq!(request.headers["authorization"], "Bearer sk-backend");
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_reaches_the_log() {
    let world = World::with(vec![json(200, ANSWER)], |config| {
        let mut deployment = (*config.deployments[0]).clone();
        deployment.api_key = Some("sk-backend-0123456789".to_string().into());
        config.deployments[0] = Arc::new(deployment);
    });
    world.ask(WHOLE).await.unwrap();
    let notes = format!("{:?}", world.ends.1.lock().unwrap());
    assert!(
        !notes.contains("sk-backend-0123456789") && !notes.contains("client-key"),
        "{notes}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_understood_is_passed_on_to_its_end() {
    let speech = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"AA==\"}\n\n";
    for end in [&[][..], &[DONE]] {
        let pieces = [&[speech, speech], end].concat();
        let world = World::new(vec![sse(&pieces)]);
        let reply = world.post("/v1/audio/speech", STREAM).await.unwrap();
        assert_eq!(text(reply).await, pieces.concat());
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_completion_becomes_a_stream_too() {
    let answer = r#"{"id":"c","choices":[{"index":0,"text":"hi","finish_reason":"stop"}]}"#;
    let world = World::new(vec![json(200, answer)]);
    let ask = r#"{"model":"m","prompt":"say","stream":true}"#;
    let reply = world.post("/v1/completions", ask).await.unwrap();
    assert_eq!(text(reply).await, format!("data: {answer}\n\n{DONE}"));
}
