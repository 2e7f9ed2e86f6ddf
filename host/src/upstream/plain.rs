//! http without TLS, HTTP/1.1: the hot path.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderValue, Uri};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::Matcher;
use tower_service::Service;
use yallmp_core::upstream::{UpstreamError, UpstreamReply, UpstreamRequest};

use super::body::Pieces;
use super::driver::Driver;
use super::error;
use super::pool::{Lease, Pool, Wire};

/// Finds a peer that vanished without a word; the limits of an exchange find it sooner.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

pub(super) struct Client {
    connector: HttpConnector,
    proxies: Matcher,
    /// By authority (`host:port`); as many as the configuration names.
    origins: RwLock<HashMap<String, Arc<Origin>>>,
}

/// What is known of `http://host:port`, so that a request need not find it out.
pub(super) struct Origin {
    root: Uri,
    host: HeaderValue,
    is_proxied: bool,
    pool: Arc<Pool>,
}

impl Origin {
    /// Is there a proxy in between, which this client cannot talk to?
    pub fn is_proxied(&self) -> bool {
        self.is_proxied
    }
}

impl Client {
    pub fn new(proxies: Matcher) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_keepalive(Some(TCP_KEEPALIVE));
        Self {
            connector,
            proxies,
            origins: RwLock::default(),
        }
    }

    pub async fn send(
        &self,
        origin: &Origin,
        uri: Uri,
        request: UpstreamRequest,
    ) -> Result<UpstreamReply, UpstreamError> {
        let connect = request.deployment.timeouts.connect;
        let mut message = http::Request::new(Full::new(request.body));
        *message.method_mut() = request.method;
        *message.uri_mut() = match uri.into_parts().path_and_query {
            Some(path) => Uri::from(path),
            None => Uri::from(PathAndQuery::from_static("/")),
        };
        *message.headers_mut() = request.headers;
        let host = message.headers_mut().entry(HOST);
        host.or_insert_with(|| origin.host.clone());

        loop {
            let pooled = origin.pool.take();
            let reused = pooled.is_some();
            let mut wire = match pooled {
                Some(wire) => wire,
                None => self.connect(origin, connect).await?,
            };
            match wire.sender.try_send_request(message).await {
                Ok(answer) => {
                    let (head, body) = answer.into_parts();
                    let lease = Lease::new(origin.pool.clone(), wire);
                    return Ok(UpstreamReply {
                        status: head.status,
                        headers: head.headers,
                        body: Box::pin(Pieces::new(body, lease)),
                    });
                }
                Err(mut failed) => match failed.take_message() {
                    // The backend closed it meanwhile; nothing was written.
                    Some(unsent) if reused => message = unsent,
                    _ => return Err(error::broken(failed.error())),
                },
            }
        }
    }

    pub fn origin(&self, uri: &Uri) -> Result<Arc<Origin>, UpstreamError> {
        let unsendable = || UpstreamError::Unsendable("the URL names no host".to_owned());
        let authority = uri.authority().ok_or_else(unsendable)?;
        let known = self.origins.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = known.get(authority.as_str()) {
            return Ok(origin.clone());
        }
        drop(known);
        // User and password are no part of the `host` header.
        let (_, host) = authority
            .as_str()
            .rsplit_once('@')
            .unwrap_or(("", authority.as_str()));
        let root = Uri::builder()
            .scheme("http")
            .authority(authority.as_str())
            .path_and_query("/");
        let origin = Arc::new(Origin {
            is_proxied: !is_loopback(authority.host()) && self.proxies.intercept(uri).is_some(),
            root: root.build().map_err(|_| unsendable())?,
            host: HeaderValue::from_str(host).map_err(|_| unsendable())?,
            pool: Arc::default(),
        });
        let mut known = self.origins.write().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(authority.as_str().to_owned());
        Ok(entry.or_insert(origin).clone())
    }

    async fn connect(&self, origin: &Origin, limit: Duration) -> Result<Wire, UpstreamError> {
        let connecting = self.connector.clone().call(origin.root.clone());
        let stream = tokio::time::timeout(limit, connecting)
            .await
            .map_err(|_| UpstreamError::ConnectTimeout(limit))?
            .map_err(|error| {
                let to = origin.host.to_str().unwrap_or_default();
                error::connect(&error, to, limit)
            })?;
        let (sender, connection) = http1::handshake(stream)
            .await
            .map_err(|error| error::broken(&error))?;
        let (driver, hand) = Driver::new(connection);
        drop(tokio::spawn(driver));
        Ok(Wire { sender, hand })
    }
}

/// This machine is never behind a proxy, whatever `NO_PROXY` says or leaves out.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_apply_where_they_should() {
        let proxies = Matcher::builder()
            .all("http://proxy:3128")
            .no("inside.example")
            .build();
        let client = Client::new(proxies);
        for (url, expected) in [
            ("http://backend.example/v1", true),
            ("http://inside.example:8000/v1", false),
            ("http://localhost:8000/v1", false),
            ("http://127.0.0.1:8000/v1", false),
            ("http://[::1]:8000/v1", false),
            ("http://10.0.0.1/v1", true),
        ] {
            let origin = client.origin(&Uri::from_static(url)).unwrap();
            assert_eq!(origin.is_proxied(), expected, "{url}");
        }
    }
}
