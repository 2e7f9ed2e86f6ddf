//! HTTP on the client's side. [`Api::handle`] answers every request: what goes to a model
//! takes the short way through `forward`, everything else is an axum router.

mod admin;
mod auth;
mod body;
mod cors;
mod errors;
mod forward;
mod health;
mod inspect;
mod metrics;
mod models;
mod receive;
mod request_id;
mod routes;
mod segment;
mod store;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::BoxError;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, Request, Response, StatusCode, header};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use tokio_util::sync::CancellationToken;
use yallmp_core::error::ProxyError;
use yallmp_core::exchange::Gateway;
use yallmp_wasm::Store;

use self::auth::Auth;
use self::cors::Cors;
use crate::metrics::Metrics;
use crate::registry::Registry;

pub use self::auth::is_loopback;
pub use self::body::Body;
pub use self::inspect::Inspector;

/// All routes. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    app: Arc<App>,
    routes: TowerToHyperService<axum::Router>,
}

/// What the routes share.
struct App {
    auth: Auth,
    cors: Cors,
    registry: Arc<Registry>,
    metrics: Arc<Metrics>,
    /// Where plugins remember.
    store: Arc<dyn Store>,
    /// Cancelled when no new work is welcome.
    draining: CancellationToken,
}

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

impl Api {
    /// `listening` is the address that was bound; `metrics` has heard of the exchanges; `store` is what
    /// the registry's plugins remember in.
    /// Without an `inspector` there is no `/ui`.
    pub fn new(
        registry: Arc<Registry>,
        listening: SocketAddr,
        metrics: Arc<Metrics>,
        store: Arc<dyn Store>,
        inspector: Option<Inspector>,
    ) -> Self {
        let config = registry.gateway().config.clone();
        let app = Arc::new(App {
            auth: Auth::new(config.master_key.as_ref(), listening),
            cors: Cors::new(config.server.allowed_origins.as_deref()),
            registry,
            metrics,
            store,
            draining: CancellationToken::new(),
        });
        Self {
            routes: TowerToHyperService::new(routes::router(app.clone(), inspector)),
            app,
        }
    }

    /// No new work is welcome: `/health/readiness` says so from now on.
    pub fn drain(&self) {
        self.app.draining.cancel();
    }

    /// Answer one request. Every answer carries an `x-request-id`, every error is JSON, and
    /// a panic is a 500.
    pub async fn handle<B>(&self, peer: Peer, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let id = request_id::of(request.headers());
        let origin = self
            .app
            .cors
            .origin(request.uri().path(), request.headers());
        let answer = AssertUnwindSafe(self.answer(peer, id.clone(), origin.is_some(), request))
            .catch_unwind()
            .await;
        let mut response = match answer {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => errors::response(&error),
            // The panic hook has logged it.
            Err(_panic) => errors::response(&internal_error()),
        };
        let headers = response.headers_mut();
        headers
            .entry(request_id::NAME)
            .or_insert_with(|| request_id::value(&id));
        if let Some(origin) = origin {
            cors::allow(headers, origin);
        }
        response
    }

    async fn answer<B>(
        &self,
        peer: Peer,
        id: Arc<str>,
        may_be_read: bool,
        request: Request<B>,
    ) -> Result<Response<Body>, ProxyError>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let app = &*self.app;
        if may_be_read && let Some(response) = cors::preflight(&request) {
            return Ok(response);
        }
        let tenant = match app.admit(peer, request.uri().path(), request.headers()) {
            Ok(tenant) => tenant,
            Err(error) => {
                let (head, body) = request.into_parts();
                Box::pin(receive::discard(body, &head.headers)).await;
                return Err(error);
            }
        };
        if let Some(path) = forward::api_path(request.method(), request.uri().path()) {
            return forward::forward(app, peer, id, tenant, path, request).await;
        }
        let request = request.map(axum::body::Body::new);
        let Ok(response) = Box::pin(self.routes.call(request)).await;
        Ok(response.map(Body::Axum))
    }
}

impl App {
    /// Who asks, if they may.
    fn admit(&self, peer: Peer, path: &str, headers: &HeaderMap) -> Result<Arc<str>, ProxyError> {
        let metrics = path == metrics::PATH;
        if health::is_open(path) || (metrics && self.gateway().config.metrics.public) {
            return Ok(self.auth.anonymous());
        }
        let is_page = inspect::is_page(path);
        if is_page || inspect::is_api(path) || path.starts_with("/admin/") || metrics {
            self.auth.check_admin(peer, headers)?;
        }
        match is_page {
            // Files without data. A browser cannot show a key before it has them.
            true => Ok(self.auth.anonymous()),
            false => self.auth.check(headers),
        }
    }

    fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    fn gateway(&self) -> Arc<Gateway> {
        self.registry.gateway()
    }
}

fn internal_error() -> ProxyError {
    ProxyError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "the proxy failed; its log says where",
    )
    .code("internal_error")
}

/// The host that the client spoke to, as it wrote it.
fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

#[cfg(test)]
mod tests;
