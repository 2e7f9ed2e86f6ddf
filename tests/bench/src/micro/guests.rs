//! Instances of plugins, and events through them: the chain as an exchange uses it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Result, anyhow, ensure};
use bytes::Bytes;
use bytestring::ByteString;
use serde_json::{Value, json};
use yallmp_core::body::RequestBody;
use yallmp_core::chain::{AttemptFacts, Chain, EndReason, Event, EventKind, RequestResult};
use yallmp_core::config::defaults::SHIPPED_PLUGINS;
use yallmp_core::config::{
    Backend, Deployment, LogLevel, Place, PluginLimits, PluginSource, PluginUse,
};
use yallmp_core::tape::{Discard, ExchangeMeta, Tape};
use yallmp_wasm::{Cache, Host, Settings};

use super::{Figure, best};
use crate::{guest, payload};

const EXCHANGES: u32 = 50;
const EVENTS: u32 = 500;

pub fn figures() -> Result<Vec<Figure>> {
    let bench = Bench::new()?;
    let mut figures = Vec::new();

    let nothing = bench.chain(&[])?;
    let bare = bench.exchanges(&nothing, payload::small_request("m", true))?;
    figures.push(Figure::time("exchange of one event, empty chain", bare));
    figures.push(Figure::time("event, empty chain", bench.events(&nothing)?));
    if let Some(path) = guest::build()? {
        for work in ["look", "parse", "rewrite"] {
            let of = |count: usize| vec![(path.clone(), json!({"work": work})); count];
            let one = bench.chain(&of(1))?;
            if work == "look" {
                let time = bench.exchanges(&one, payload::small_request("m", true))?;
                figures.push(Figure::time(
                    "instance made, begun, one event, ended",
                    time - bare,
                ));
            }
            for count in [1, 3, 5] {
                let time = bench.events(&bench.chain(&of(count))?)?;
                figures.push(Figure::time(format!("event, {count} x {work}"), time));
            }
        }
    }
    if let Some(shipped) = shipped()? {
        let chain = bench.chain(&shipped)?;
        figures.push(Figure::time(
            "event with text, default chain",
            bench.events(&chain)?,
        ));
        let time = bench.exchanges(&chain, payload::small_request("m", true))?;
        figures.push(Figure::time(
            "exchange of one event, default chain, 1 KB",
            time,
        ));
        let time = bench.exchanges(&chain, payload::agent_request("m", true))?;
        figures.push(Figure::time(
            "exchange of one event, default chain, 100 KB",
            time,
        ));
    }
    Ok(figures)
}

pub struct Bench {
    runtime: tokio::runtime::Runtime,
    host: Host,
    /// The event that is sent through.
    pub text: ByteString,
    /// The backend's name of the model; the client's is `m`.
    pub target: &'static str,
    /// Where components are compiled to.
    _cache: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let cache = tempfile::tempdir()?;
        let settings = Settings {
            cache: Cache::at(cache.path().join("compiled")),
            direct: true,
            ..Settings::default()
        };
        let host = runtime
            .block_on(async { Host::new(settings) })
            .map_err(|error| anyhow!(error))?;
        Ok(Bench {
            runtime,
            host,
            text: ByteString::from(data(1)),
            target: "m",
            _cache: cache,
        })
    }

    pub fn chain(&self, plugins: &[(PathBuf, Value)]) -> Result<Arc<Chain>> {
        let deployment = Deployment::new("m", Backend::Demo);
        let loaded = plugins.iter().enumerate().map(|(n, (path, config))| {
            let usage = PluginUse {
                name: format!("plugin-{n}"),
                source: PluginSource::File(path.clone()),
                config: config.clone(),
                on_error: None,
                limits: PluginLimits::default(),
                place: Place::default(),
            };
            Ok(self.runtime.block_on(self.host.load(&usage, &deployment))?)
        });
        Ok(Arc::new(Chain::new(loaded.collect::<Result<_>>()?)))
    }

    /// An exchange with one event: the request, the event, the end. The body is scanned
    /// beforehand.
    pub fn exchanges(&self, chain: &Arc<Chain>, request: String) -> Result<Duration> {
        let body = RequestBody::parse(Bytes::from(request))?;
        best(EXCHANGES, || {
            self.runtime.block_on(async {
                for _ in 0..EXCHANGES {
                    self.exchange(chain, &body, 1).await?;
                }
                Ok(())
            })
        })
    }

    /// One of many events of an exchange.
    pub fn events(&self, chain: &Arc<Chain>) -> Result<Duration> {
        self.events_of(chain, payload::small_request("m", true))
    }

    /// One of many events of the answer to this request.
    pub fn events_of(&self, chain: &Arc<Chain>, request: String) -> Result<Duration> {
        let body = RequestBody::parse(Bytes::from(request))?;
        best(EVENTS, || {
            self.runtime.block_on(self.exchange(chain, &body, EVENTS))
        })
    }

    async fn exchange(&self, chain: &Arc<Chain>, body: &RequestBody, events: u32) -> Result<()> {
        let mut tape = tape();
        let mut run = chain.run(Arc::new(facts(self.target)), body.clone());
        let request = run
            .request(&mut tape)
            .await
            .map_err(|failure| anyhow!("{failure:?}"))?;
        ensure!(matches!(request, RequestResult::Send(_)));
        let mut out = Vec::new();
        let mut passed = 0;
        for number in 0..events {
            let event = Event {
                kind: EventKind::Chunk,
                name: None,
                data: self.text.clone(),
                raw: None,
                number: 0,
            };
            run.event(event, number, &mut out, &mut tape)
                .await
                .map_err(|failure| anyhow!("{failure:?}"))?;
            passed += out.len();
            out.clear();
        }
        run.end(EndReason::Done, events, &mut out, &mut tape)
            .await
            .map_err(|failure| anyhow!("{failure:?}"))?;
        passed += out.len();
        ensure!(
            passed == events as usize,
            "{passed} of {events} events came out"
        );
        Ok(())
    }
}

/// The shipped chain, from the committed components.
fn shipped() -> Result<Option<Vec<(PathBuf, Value)>>> {
    let dist = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/dist"));
    let files = SHIPPED_PLUGINS
        .iter()
        .map(|name| dist.join(format!("{name}.wasm")));
    let files: Vec<PathBuf> = files.collect();
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        eprintln!(
            "{} is missing: the default chain is left out",
            missing.display()
        );
        return Ok(None);
    }
    Ok(Some(
        files.into_iter().map(|file| (file, Value::Null)).collect(),
    ))
}

fn data(n: usize) -> String {
    let event = payload::event(n);
    event.trim_start_matches("data: ").trim_end().to_owned()
}

fn tape() -> Tape {
    let meta = ExchangeMeta {
        id: "bench".into(),
        started: SystemTime::UNIX_EPOCH,
        model: "m".into(),
        level: LogLevel::Off,
    };
    Tape::new(Arc::new(Discard), Arc::new(meta), 1 << 20)
}

fn facts(target: &str) -> AttemptFacts {
    AttemptFacts {
        id: "bench".into(),
        path: "/v1/chat/completions".into(),
        client_model: "m".into(),
        target_model: target.into(),
        streaming: true,
        attempt: 1,
        tenant: "".into(),
        deployment: Arc::new(Deployment::new("m", Backend::Demo)),
        headers: Arc::default(),
    }
}
