//! `/ui/api`: what the inspector page and `yallmp logs tail` ask. The contract is in
//! `docs/inspector.md`.
//!
//! Files and the index are read on threads of their own, a few at a time; an exchange
//! never waits for them.

mod export;
mod files;
mod list;
mod live;
mod overview;
mod page;
mod query;
mod replay;
mod status;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};
use tokio::sync::Semaphore;
use yallmp_core::config::{LogLevel, RequestLog};
use yallmp_core::error::ProxyError;
use yallmp_log::index::{Index, IndexError, Reader};
use yallmp_log::record::Recorder;

use super::App;
use super::errors::ApiError;

/// Questions that are answered at the same time; others wait.
const JOBS: usize = 4;

/// What the inspector looks at.
pub struct Inspector {
    log: Arc<Recorder>,
    index: Index,
    reader: Reader,
    dir: PathBuf,
    level: LogLevel,
    started: SystemTime,
    jobs: Semaphore,
    /// A replay compiles plugins, so there is one at a time.
    replays: Arc<Semaphore>,
}

impl Inspector {
    /// `index`: of the recorder's folder.
    pub fn new(log: Arc<Recorder>, index: Index, settings: &RequestLog) -> Self {
        Self {
            reader: index.reader(),
            log,
            index,
            dir: settings.dir.clone(),
            level: settings.level,
            started: SystemTime::now(),
            jobs: Semaphore::new(JOBS),
            replays: Arc::new(Semaphore::new(1)),
        }
    }
}

/// What the routes share.
#[derive(Clone)]
struct Shared {
    app: Arc<App>,
    inspector: Arc<Inspector>,
}

impl Shared {
    /// Do what reads files or the index.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inspector) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _permit = self.inspector.jobs.acquire().await;
        let inspector = self.inspector.clone();
        tokio::task::spawn_blocking(move || work(&inspector))
            .await
            .unwrap_or_else(|_panic| Err(ApiError(super::internal_error())))
    }
}

pub fn router(app: Arc<App>, inspector: Inspector) -> Router<Arc<App>> {
    let inspector = Arc::new(inspector);
    let api = Router::new()
        .route("/exchanges", get(list::list))
        .route("/exchanges/{id}", get(files::trace))
        .route("/exchanges/{id}/log", get(files::log))
        .route("/exchanges/{id}/export", get(export::export))
        .route("/exchanges/{id}/previous", get(files::previous))
        .route("/exchanges/{id}/replay", post(replay::replay))
        .route("/live", get(live::live))
        .route("/overview", get(overview::overview))
        .route("/facets", get(overview::facets))
        .route("/status", get(status::status))
        .layer(map_response(private))
        .with_state(Shared { app, inspector });
    Router::new().nest("/ui/api", api).merge(page::router())
}

/// Answers quote conversations: no cache may keep them, and nothing may be made of them
/// but what they say they are.
async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Part of the page itself.
pub fn is_page(path: &str) -> bool {
    (path == "/ui" || path.starts_with("/ui/")) && !is_api(path)
}

/// What the page asks for.
pub fn is_api(path: &str) -> bool {
    path == "/ui/api" || path.starts_with("/ui/api/")
}

fn not_found(key: &str) -> ApiError {
    let error = ProxyError::new(
        StatusCode::NOT_FOUND,
        "invalid_request_error",
        format!("there is no log of an exchange `{key}`"),
    );
    ApiError(error.code("exchange_not_found"))
}

impl From<IndexError> for ApiError {
    fn from(error: IndexError) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let error = ProxyError::new(status, "server_error", error.to_string());
        Self(error.code("index_unavailable"))
    }
}
