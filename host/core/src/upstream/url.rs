//! Joining a backend's base URL with the path that a client called.

use crate::config::Backend;

/// Ends of a base that was copied with its endpoint.
const ENDPOINTS: [&str; 3] = ["/chat/completions", "/completions", "/responses"];

/// The absolute URL for a call of `path` (such as `/v1/chat/completions`, also with a
/// query) at a backend.
///
/// A base is read as the OpenAI SDKs read theirs when it names a version or a deployment:
/// the path's own `/v1` is left out. A base without either gets it. A query of the base
/// (Azure's `api-version`) is kept.
pub fn join(backend: &Backend, path: &str) -> String {
    let base = match backend {
        Backend::Http { base } => base.as_str(),
        Backend::Demo => "builtin://demo",
    };
    let (base, base_query) = split_query(base);
    let (path, path_query) = split_query(path);
    let base = base.trim_end_matches('/');
    let tail = match path.strip_prefix("/v1") {
        Some(tail) if tail.starts_with('/') => tail,
        _ => path,
    };
    let whole = ENDPOINTS.iter().find_map(|end| base.strip_suffix(end));
    let mut url = match whole {
        Some(base) => format!("{base}{tail}"),
        None if is_versioned(base) => format!("{base}{tail}"),
        None => format!("{base}/v1{tail}"),
    };
    let mut mark = '?';
    for query in [base_query, path_query].into_iter().flatten() {
        url.push(mark);
        url.push_str(query);
        mark = '&';
    }
    url
}

fn split_query(text: &str) -> (&str, Option<&str>) {
    match text.split_once('?') {
        Some((path, query)) => (path, Some(query).filter(|query| !query.is_empty())),
        None => (text, None),
    }
}

/// A segment such as `v1`, `v4`, `v1beta`, or Azure's `deployments/<name>` and `models`.
fn is_versioned(base: &str) -> bool {
    let path = base.split_once("://").map_or(base, |(_, rest)| rest);
    let mut segments = path.split('/');
    let is_azure = segments
        .next()
        .is_some_and(|host| host.ends_with(".azure.com"));
    segments.any(|segment| {
        let number = segment.strip_prefix(['v', 'V']);
        segment == "deployments"
            || (segment == "models" && is_azure)
            || number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_as_people_write_them() {
        let chat = "/v1/chat/completions";
        for (base, path, url) in [
            ("http://h:8000", chat, "http://h:8000/v1/chat/completions"),
            ("http://h:8000/", chat, "http://h:8000/v1/chat/completions"),
            ("http://h/v1", chat, "http://h/v1/chat/completions"),
            ("http://h/v1//", chat, "http://h/v1/chat/completions"),
            ("http://h/v1", "/v1/embeddings", "http://h/v1/embeddings"),
            (
                "http://h/v1",
                "/chat/completions",
                "http://h/v1/chat/completions",
            ),
            (
                "http://h",
                "/chat/completions",
                "http://h/v1/chat/completions",
            ),
            (
                "http://h/v1",
                "/v1/chat/completions?a=1",
                "http://h/v1/chat/completions?a=1",
            ),
            ("http://h/llm", chat, "http://h/llm/v1/chat/completions"),
            (
                "http://v1.example/llm",
                chat,
                "http://v1.example/llm/v1/chat/completions",
            ),
            // Versions other than v1.
            (
                "https://api.z.ai/api/paas/v4",
                chat,
                "https://api.z.ai/api/paas/v4/chat/completions",
            ),
            (
                "https://generativelanguage.googleapis.com/v1beta/openai/",
                chat,
                "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
            ),
            (
                "https://x.ai/inference/v1",
                chat,
                "https://x.ai/inference/v1/chat/completions",
            ),
            // Copied with the endpoint.
            (
                "http://h/v1/chat/completions",
                chat,
                "http://h/v1/chat/completions",
            ),
            (
                "http://h/v1/chat/completions/",
                chat,
                "http://h/v1/chat/completions",
            ),
            (
                "http://h/chat/completions",
                chat,
                "http://h/chat/completions",
            ),
            (
                "http://h/v1/chat/completions",
                "/v1/embeddings",
                "http://h/v1/embeddings",
            ),
            // Azure, old and new.
            (
                "https://r.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
                chat,
                "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
            ),
            (
                "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
                "/v1/embeddings?b=2",
                "https://r.openai.azure.com/openai/deployments/d/embeddings?api-version=1&b=2",
            ),
            (
                "https://r.services.ai.azure.com/models?api-version=1",
                chat,
                "https://r.services.ai.azure.com/models/chat/completions?api-version=1",
            ),
            (
                "https://h.example/models",
                chat,
                "https://h.example/models/v1/chat/completions",
            ),
            (
                "https://r.openai.azure.com/openai/v1/?",
                chat,
                "https://r.openai.azure.com/openai/v1/chat/completions",
            ),
        ] {
            let backend = Backend::Http {
                base: base.to_owned(),
            };
            assert_eq!(join(&backend, path), url, "{base} + {path}");
        }
        assert_eq!(
            join(&Backend::Demo, chat),
            "builtin://demo/v1/chat/completions"
        );
    }
}
