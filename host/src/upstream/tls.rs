//! https, and what goes through a proxy.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Uri;
use reqwest::Certificate;
use yallmp_core::config::Trust;
use yallmp_core::upstream::{UpstreamError, UpstreamReply, UpstreamRequest};

use super::body::Pieces;
use super::error;
use super::plain::is_loopback;

/// Under the keep-alive of the usual load balancers (60 s).
const MAX_IDLE: Duration = Duration::from_secs(50);
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// One client for each way to connect that is in use: reqwest knows its settings only per
/// client. Made at the first use, since reading the system's certificates takes a while.
#[derive(Default)]
pub(super) struct Clients {
    by_way: Mutex<HashMap<Way, reqwest::Client>>,
}

/// What two connections must have in common to be made by the same client.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Way {
    limit: Duration,
    trust: Trust,
    /// Past all proxies.
    direct: bool,
}

impl Clients {
    pub async fn send(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        let limit = request.deployment.timeouts.connect;
        let host = Uri::try_from(&request.url).ok();
        let way = Way {
            limit,
            trust: request.deployment.trust.clone(),
            direct: host.is_some_and(|uri| uri.host().is_some_and(is_loopback)),
        };
        let answer = self
            .client(way)
            .map_err(UpstreamError::Unsendable)?
            .request(request.method, &request.url)
            .headers(request.headers)
            .body(request.body)
            .send()
            .await
            .map_err(|error| failed(error, limit))?;
        let (head, body) = http::Response::from(answer).into_parts();
        Ok(UpstreamReply {
            status: head.status,
            headers: head.headers,
            body: Box::pin(Pieces(body)),
        })
    }

    fn client(&self, way: Way) -> Result<reqwest::Client, String> {
        let mut clients = self.by_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&way) {
            return Ok(client.clone());
        }
        // No `timeout`: it would cover the body and cut long streams.
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(way.limit)
            .pool_idle_timeout(MAX_IDLE)
            .tcp_keepalive(TCP_KEEPALIVE);
        if way.direct {
            builder = builder.no_proxy();
        }
        builder = match &way.trust {
            Trust::System => builder,
            Trust::Only(file) => builder.tls_certs_only(authorities(file)?),
            Trust::Anyone => builder.tls_danger_accept_invalid_certs(true),
        };
        let client = builder.build().map_err(|error| error::text(&error))?;
        clients.insert(way, client.clone());
        Ok(client)
    }
}

/// Whether a PEM file holds authorities, or why it cannot be used.
pub(super) fn check(file: &Path) -> Result<(), String> {
    // Only a client looks into the certificates.
    let client = reqwest::Client::builder().tls_certs_only(authorities(file)?);
    client.build().map(drop).map_err(|why| unusable(file, &why))
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, String> {
    let pem = std::fs::read(file).map_err(|why| unusable(file, &why))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|why| unusable(file, &why))?;
    match found.is_empty() {
        true => Err(unusable(file, &NoCertificate)),
        false => Ok(found),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no certificate is in it")]
struct NoCertificate;

fn unusable(file: &Path, why: &(dyn Error + 'static)) -> String {
    // What reqwest says first is about itself.
    let why = match why.is::<reqwest::Error>() {
        true => why.source().unwrap_or(why),
        false => why,
    };
    let file = file.display();
    format!(
        "`ssl_verify`: `{file}` cannot be used: {}",
        error::text(why)
    )
}

fn failed(error: reqwest::Error, limit: Duration) -> UpstreamError {
    let to = error
        .url()
        .and_then(|url| url.host_str())
        .unwrap_or_default()
        .to_owned();
    // A query may hold a key.
    let error = error.without_url();
    if error.is_builder() {
        UpstreamError::Unsendable(error::text(&error))
    } else if error.is_connect() && error.is_timeout() {
        UpstreamError::ConnectTimeout(limit)
    } else if error.is_connect() {
        error::connect(&error, &to, limit)
    } else {
        error::broken(&error)
    }
}
