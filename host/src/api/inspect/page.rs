//! The page `/ui`: files that are part of this program. They hold no data, so they need no
//! key; what they ask for does.

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::{self, HeaderName};
use http::{HeaderMap, StatusCode, Uri};
use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};

use super::super::App;
use super::super::errors::ApiError;
use super::super::routes::unknown_url;
use super::super::segment::Segment;

static DIST: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/inspector/dist");

/// Nothing is loaded but from here, no script stands in the page, nobody frames it: a
/// model's answer that holds a page cannot do anything.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Names of built files hold a hash of what is in them.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/ui", get(async || Redirect::permanent("/ui/")))
        .route("/ui/", get(index))
        .route("/ui/{*path}", get(file))
}

async fn index(uri: Uri, headers: HeaderMap) -> Response {
    answer(&DIST, "index.html", &uri, &headers)
}

async fn file(Segment(path): Segment, uri: Uri, headers: HeaderMap) -> Response {
    answer(&DIST, &path, &uri, &headers)
}

/// The page finds its way by the part after `#`, so only files have paths.
fn answer(files: &'static Dir<'_>, path: &str, uri: &Uri, headers: &HeaderMap) -> Response {
    let Some(file) = files.get_file(path) else {
        return ApiError(unknown_url("GET", uri.path())).into_response();
    };
    let tag = tag(file.contents());
    let cache = match path.starts_with("assets/") {
        true => FOR_EVER,
        false => ASK_AGAIN,
    };
    let fixed = [
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (header::CONTENT_TYPE, kind(path)),
    ];
    let known = headers.get(header::IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let tag = [(header::ETAG, tag)];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, fixed, tag).into_response(),
        false => (fixed, tag, file.contents()).into_response(),
    }
}

fn tag(contents: &[u8]) -> String {
    let hash = Sha256::digest(contents);
    let hex: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hex}\"")
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(path: &str, known: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        headers.extend(known.map(|tag| (header::IF_NONE_MATCH, tag.parse().unwrap())));
        answer(&DIST, path, &Uri::from_static("/ui/x"), &headers)
    }

    #[test]
    fn a_file_is_sent_once_and_then_known_by_its_tag() {
        let first = ask("index.html", None);
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CACHE_CONTROL], ASK_AGAIN);
        let policy = first.headers()[header::CONTENT_SECURITY_POLICY].to_str();
        assert!(policy.unwrap().starts_with("default-src 'none'"));
        let tag = first.headers()[header::ETAG].to_str().unwrap();
        assert_eq!(
            ask("index.html", Some(tag)).status(),
            StatusCode::NOT_MODIFIED
        );
        assert_eq!(
            ask("index.html", Some("\"other\"")).status(),
            StatusCode::OK
        );
    }

    #[test]
    fn there_is_nothing_but_files() {
        for path in ["", "missing.js", "../mod.rs", "assets", "/etc/passwd"] {
            assert_eq!(ask(path, None).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
