//! Heads of messages: a request's as bytes, an answer's from bytes.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use httparse::Status;

use super::framing::Framing;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;
const MAX_HEADERS: usize = 128;

/// The head of a request with a body of this many bytes.
pub(super) fn request(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    host: &HeaderValue,
    body: usize,
) -> Vec<u8> {
    let mut head = Vec::with_capacity(1024);
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| head.extend_from_slice(part));
    put(&[
        method.as_str().as_bytes(),
        b" ",
        path.as_bytes(),
        b" HTTP/1.1\r\n",
    ]);
    for (name, value) in headers {
        // Where the body ends is said here and nowhere else.
        if name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
            put(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
        }
    }
    if !headers.contains_key(header::HOST) {
        put(&[b"host: ", host.as_bytes(), b"\r\n"]);
    }
    let says_nothing = body == 0 && [Method::GET, Method::HEAD].contains(method);
    if !says_nothing {
        put(&[b"content-length: ", body.to_string().as_bytes(), b"\r\n"]);
    }
    put(&[b"\r\n"]);
    head
}

/// The head of an answer.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub framing: Framing,
    /// The connection can take another request afterwards.
    pub stays_open: bool,
}

/// The head at the beginning of `bytes` and its length; None if more must come.
///
/// # Errors
/// What is wrong with it.
pub(super) fn answer(bytes: &[u8], method: &Method) -> Result<Option<(Answer, usize)>, String> {
    let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut slots);
    let length = match parsed.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
        Ok(Status::Partial) => return Err(format!("a head longer than {MAX_HEAD} bytes")),
        Err(error) => return Err(format!("invalid HTTP: {error}")),
    };
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or("invalid HTTP: no status")?;
    let mut headers = HeaderMap::with_capacity(parsed.headers.len());
    for field in parsed.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let name = name.map_err(|_| format!("`{}` is no header name", field.name))?;
        let value = HeaderValue::from_bytes(field.value);
        let value = value.map_err(|_| format!("the header `{name}` has no valid value"))?;
        headers.append(name, value);
    }
    let is_new = parsed.version == Some(1);
    let framing = framing(status, &headers, method)?;
    let stays_open = framing != Framing::UntilClose
        && !says(&headers, header::CONNECTION, "close")
        && (is_new || says(&headers, header::CONNECTION, "keep-alive"))
        // A message that says its length twice may have come through someone who read the
        // other one (RFC 9112, 6.3).
        && !(headers.contains_key(header::TRANSFER_ENCODING)
            && headers.contains_key(header::CONTENT_LENGTH));
    let answer = Answer {
        status,
        headers,
        framing,
        stays_open,
    };
    Ok(Some((answer, length)))
}

/// RFC 9112, 6.3.
fn framing(status: StatusCode, headers: &HeaderMap, method: &Method) -> Result<Framing, String> {
    let is_bodiless = status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status)
        || method == Method::HEAD;
    if is_bodiless {
        return Ok(Framing::Length(0));
    }
    let mut codings = list(headers, header::TRANSFER_ENCODING).peekable();
    if codings.peek().is_some() {
        let mut codings: Vec<_> = codings.collect();
        let is_chunked = codings.pop() == Some("chunked".into());
        return match (is_chunked, codings.as_slice()) {
            (true, []) => Ok(Framing::chunked()),
            (false, []) => Err("an unknown `transfer-encoding`".into()),
            (_, [other, ..]) => Err(format!("`transfer-encoding: {other}` is not known here")),
        };
    }
    let mut lengths = list(headers, header::CONTENT_LENGTH);
    let Some(length) = lengths.next() else {
        return Ok(Framing::UntilClose);
    };
    let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    match length.parse() {
        Ok(bytes) if is_number && lengths.all(|other| other == length) => {
            Ok(Framing::Length(bytes))
        }
        _ => Err("no valid `content-length`".into()),
    }
}

fn says(headers: &HeaderMap, name: HeaderName, what: &str) -> bool {
    list(headers, name).any(|item| item == what)
}

/// The items of a header that is a list, in lower case.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = String> {
    let values = headers.get_all(name).into_iter();
    values.flat_map(|value| {
        let text = value.to_str().unwrap_or("?").to_ascii_lowercase();
        let items: Vec<_> = text.split(',').map(|item| item.trim().to_owned()).collect();
        items
    })
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
