//! A recorded exchange as a folder of readable files: for tests of plugins (the SDK's test kit
//! reads it) and for `yallmp mock`. `docs/fixtures.md` describes the files.

mod mask;
mod write;

use std::borrow::Cow;
use std::path::Path;

use anyhow::Context as _;
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::upstream::scene::{Act, Scene};

pub use write::write;

/// The file that makes a folder a fixture.
const FACTS: &str = "fixture.json";
const REQUEST: &str = "request.json";

/// The number grows when an old reader would misread a fixture.
const VERSION: u32 = 1;

/// Everything that is not in a file of its own.
#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    version: u32,
    /// The id of the exchange.
    id: String,
    path: String,
    client_model: String,
    target_model: String,
    streaming: bool,
    /// Of the client's request, but for secret ones.
    headers: Map<String, Value>,
    /// As plugins are told.
    deployment: Value,
    upstream: Upstream,
    /// How the backend's answer ended, as plugins are told.
    end: String,
    /// The chain that made what is expected, nearest the client first. None: the one of the
    /// proxy that wrote the log.
    plugins: Option<Vec<Plugin>>,
}

/// The backend's answer, but for its body.
#[derive(Debug, Serialize, Deserialize)]
struct Upstream {
    status: u16,
    headers: Map<String, Value>,
    /// The file with its body.
    body: Cow<'static, str>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Plugin {
    name: String,
    config: Value,
}

/// What a mock plays of a fixture.
pub struct Recorded {
    pub name: String,
    pub request: Bytes,
    pub scene: Scene,
}

pub fn is_one(folder: &Path) -> bool {
    folder.join(FACTS).is_file()
}

/// # Errors
/// A file is missing or not as it should be.
pub fn read(folder: &Path) -> anyhow::Result<Recorded> {
    let bytes = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))
    };
    let facts: Facts = serde_json::from_slice(&bytes(FACTS)?)
        .with_context(|| format!("`{}` is no fixture", folder.join(FACTS).display()))?;
    anyhow::ensure!(
        facts.version == VERSION,
        "`{}` is a fixture of version {}; this program reads {VERSION}",
        folder.display(),
        facts.version
    );
    let status = StatusCode::from_u16(facts.upstream.status).context("`upstream.status`")?;
    let mut headers = http::HeaderMap::new();
    for (name, value) in &facts.upstream.headers {
        let name = http::HeaderName::try_from(name).context("a header in `upstream.headers`")?;
        let value = value.as_str().unwrap_or_default();
        headers.append(
            name,
            value.parse().context("a header in `upstream.headers`")?,
        );
    }
    let body = bytes(&facts.upstream.body)?;
    let acts = [Act::Head(status, headers), Act::Send(body.into())];
    let mut scene = Scene(acts.into());
    if facts.end == "upstream-error" {
        scene = scene.then(Act::Break(yallmp_core::upstream::UpstreamError::Broken(
            "the recorded connection broke here".to_owned(),
        )));
    }
    Ok(Recorded {
        name: folder.display().to_string(),
        request: bytes(REQUEST)?.into(),
        scene,
    })
}
