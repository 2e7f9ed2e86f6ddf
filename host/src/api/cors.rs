//! Web pages as clients (CORS, as the Fetch standard has it): pages of which origins may read
//! answers of the API. The inspector, metrics and admin routes are no business of other pages.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

use super::auth::is_loopback_name;
use super::body::Body;
use super::forward;

/// A page of the web asks for a server on this machine or in this network.
const ASKS_FOR_PRIVATE: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOWS_PRIVATE: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// Seconds for which a browser need not ask again.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

pub struct Cors {
    allowed: Allowed,
}

enum Allowed {
    All,
    /// Pages of servers on this machine, however they name it.
    Local,
    These(Vec<String>),
}

impl Cors {
    /// `origins`: such as `https://chat.example`, or `*`; None for those of this machine.
    pub fn new(origins: Option<&[String]>) -> Self {
        let allowed = match origins {
            None => Allowed::Local,
            Some(origins) if origins.iter().any(|origin| origin == "*") => Allowed::All,
            Some(origins) => Allowed::These(origins.to_vec()),
        };
        Self { allowed }
    }

    /// The origin of the page that asks, if it may read the answer.
    pub fn origin(&self, path: &str, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let name = origin.to_str().ok()?;
        let is_allowed = match &self.allowed {
            Allowed::All => true,
            Allowed::Local => name
                .split_once("://")
                .is_some_and(|(_, host)| is_loopback_name(host)),
            Allowed::These(origins) => origins.iter().any(|it| it.trim_end_matches('/') == name),
        };
        (is_allowed && is_of_api(path)).then(|| origin.clone())
    }
}

fn is_of_api(path: &str) -> bool {
    let plain = path.strip_prefix("/v1").unwrap_or(path);
    path.starts_with("/v1/") || plain.starts_with("/models") || forward::is_known(path)
}

/// What a browser wants to know before it lets a page ask. It shows no key yet.
pub fn preflight<B>(request: &Request<B>) -> Option<Response<Body>> {
    let asked = request.headers();
    if request.method() != Method::OPTIONS
        || !asked.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    {
        return None;
    }
    let mut response = Response::new(Body::Whole(bytes::Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static("GET, POST");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    if asked.contains_key(ASKS_FOR_PRIVATE) {
        headers.insert(ALLOWS_PRIVATE, HeaderValue::from_static("true"));
    }
    Some(response)
}

/// Let a page of this origin read the answer, all headers included.
pub fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    let all = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, all);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
