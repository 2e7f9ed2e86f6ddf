//! `GET exchanges/{id}/export`: an exchange in another form, to keep or to pass on.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use yallmp_core::error::ProxyError;
use yallmp_log::text::parse::Log;
use yallmp_log::trace::{Trace, har};

use super::super::errors::ApiError;
use super::super::segment::Segment;
use super::Shared;
use super::files::{read, trace_of};
use super::query::Parameters;
use crate::replay::{Chosen, Pacing, Recording, Setup, curl, fixture};

#[derive(Debug, Clone, Copy)]
enum Form {
    Jsonl,
    Curl,
    Har,
    Fixture,
}

/// What `as` can be.
const FORMS: [(&str, Form); 4] = [
    ("jsonl", Form::Jsonl),
    ("curl", Form::Curl),
    ("har", Form::Har),
    ("fixture", Form::Fixture),
];

impl Form {
    fn ending(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Curl => "sh",
            Self::Har => "har",
            Self::Fixture => "tar",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Jsonl => "application/jsonl",
            Self::Curl => "text/plain; charset=utf-8",
            Self::Har => "application/json",
            Self::Fixture => "application/x-tar",
        }
    }
}

pub async fn export(
    State(shared): State<Shared>,
    Segment(key): Segment,
    mut asked: Parameters,
) -> Result<Response, ApiError> {
    let form = asked.word("as", &FORMS)?;
    asked.end()?;
    let form = form.ok_or_else(|| {
        let what = "`as` says in which form: `jsonl`, `curl`, `har` or `fixture`";
        ProxyError::invalid(what).param("as")
    })?;
    let made = shared.read(move |inspector| {
        let found = inspector.find(&key)?;
        let log = read(&found)?;
        let id = log.meta.id.clone();
        let bytes = match form {
            Form::Jsonl => jsonl(&trace_of(&found, &log)),
            Form::Curl => curl::of(&log),
            Form::Har => {
                let archive = har(&[Trace::of(&log)], env!("CARGO_PKG_VERSION"));
                Ok(archive.to_string().into_bytes())
            }
            Form::Fixture => tar(log),
        };
        let bytes = bytes.map_err(|error| {
            let what = format!("cannot export `{}`: {error:#}", found.name);
            let error = ProxyError::new(StatusCode::CONFLICT, "invalid_request_error", what);
            ApiError(error.code("cannot_export"))
        })?;
        Ok((id, bytes))
    });
    let (id, bytes) = made.await?;
    // An id is harmless in a header, see `request_id`; in a log it may be edited.
    let name = format!("attachment; filename=\"{id}.{}\"", form.ending());
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.kind()));
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn jsonl(trace: &Trace) -> anyhow::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(trace)?;
    line.push(b'\n');
    Ok(line)
}

/// The folder of a fixture (`docs/fixtures.md`), packed.
fn tar(log: Log) -> anyhow::Result<Vec<u8>> {
    let recording = Recording::new(log)?;
    let setup = Setup::new(&recording, &Chosen::Default, Pacing::AtOnce)?;
    let deployment = setup.last_asked(&recording)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("fixture");
    fixture::write(&recording, &deployment, &recording.notes, false, &path)?;
    let mut archive = tar::Builder::new(Vec::new());
    archive.mode(tar::HeaderMode::Deterministic);
    archive.append_dir_all(&recording.id, &path)?;
    Ok(archive.into_inner()?)
}
