//! Connections to backends: [`yallmp_core::upstream::Upstream`] over real sockets.
//!
//! Plain http has a client of its own, because a local backend is the case where the
//! proxy's cost shows; https, and what must go through a proxy, takes reqwest.

mod body;
mod decode;
pub mod demo;
mod error;
mod plain;
pub mod scene;
mod tls;

use std::collections::BTreeSet;
use std::path::PathBuf;

use async_trait::async_trait;
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use thread_local::ThreadLocal;
use yallmp_core::config::{Backend, Config, Trust};
use yallmp_core::upstream::{Upstream, UpstreamError, UpstreamReply, UpstreamRequest};

/// All backends of a process. Make one; its pools are shared by all requests.
pub struct Upstreams {
    /// One for each thread, so that a request never waits for another thread to read its
    /// answer: a connection is driven by the runtime that made it.
    plain: ThreadLocal<plain::Client>,
    tls: tls::Clients,
    demo: demo::Demo,
}

impl Upstreams {
    pub fn new() -> Self {
        Self {
            // `HTTP_PROXY` and its kin, or the system's settings.
            plain: ThreadLocal::new(),
            tls: tls::Clients::default(),
            demo: demo::Demo::default(),
        }
    }
}

/// Files of a configuration that cannot be used to connect, and why.
pub fn problems(config: &Config) -> Vec<(PathBuf, String)> {
    let files: BTreeSet<_> = config
        .deployments
        .iter()
        .filter_map(|deployment| match &deployment.trust {
            Trust::Only(file) => Some(file),
            Trust::System | Trust::Anyone => None,
        })
        .collect();
    let problems = files.into_iter();
    problems
        .filter_map(|file| Some((file.clone(), tls::check(file).err()?)))
        .collect()
}

impl Upstreams {
    fn plain(&self) -> &plain::Client {
        self.plain
            .get_or(|| plain::Client::new(Matcher::from_system()))
    }
}

impl Default for Upstreams {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Upstream for Upstreams {
    async fn send(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        if let Backend::Demo = request.deployment.backend {
            return self.demo.send(request).await;
        }
        let uri = Uri::try_from(request.url.as_str())
            .map_err(|error| UpstreamError::Unsendable(format!("bad URL: {error}")))?;
        let reply = match uri.scheme_str() {
            Some("http") => {
                let plain = self.plain();
                let origin = plain.origin(&uri)?;
                match origin.is_proxied() {
                    false => plain.send(&origin, uri, request).await?,
                    true => self.tls.send(request).await?,
                }
            }
            Some("https") => self.tls.send(request).await?,
            _ => {
                return Err(UpstreamError::Unsendable(
                    "a backend's URL must begin with `http://` or `https://`".to_owned(),
                ));
            }
        };
        decode::decode(reply)
    }
}

#[cfg(test)]
mod tests;
