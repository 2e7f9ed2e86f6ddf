//! Secrets that the configuration names, taken out of notes before anyone sees them. Works on
//! the writer's thread: reading JSON there costs the exchange nothing.

use bytes::Bytes;
use bytestring::ByteString;
use http::{HeaderMap, HeaderValue};
use yallmp_core::config::{JsonPath, LogMask};
use yallmp_core::sse::{self, Framer, Kind};
use yallmp_core::tape::{Given, Note, Timed};

use super::mask_json::masked;

/// What stands where something was.
pub const HIDDEN: &str = "***";

pub struct Mask(LogMask);

impl Mask {
    /// None if there is nothing to mask.
    pub fn new(settings: &LogMask) -> Option<Self> {
        (*settings != LogMask::default()).then(|| Self(settings.clone()))
    }

    pub fn apply(&self, timed: &mut Timed) {
        match &mut timed.note {
            Note::Request(note) => {
                self.headers(&mut note.headers);
                self.body(&mut note.body);
            }
            Note::RequestPatched(note) => {
                for header in &mut note.headers {
                    self.header_line(header);
                }
                self.body(&mut note.body);
            }
            Note::Sent(note) => {
                self.headers(&mut note.headers);
                self.body(&mut note.body);
            }
            Note::Head { headers, .. } => self.headers(headers),
            Note::BodyIn { body, .. } | Note::BodyOut { body, .. } => self.body(body),
            Note::EventIn { raw, .. } | Note::EventOut { raw } => self.frames(raw),
            Note::EventPatched(note) => {
                for given in &mut note.given {
                    if let Given::Made { data, .. } = given {
                        self.event(data);
                    }
                }
            }
            Note::PluginFailed(note) => self.body(&mut note.input),
            _ => {}
        }
    }

    fn headers(&self, headers: &mut HeaderMap) {
        for (name, value) in headers.iter_mut() {
            if self.0.headers.matching(name.as_str()).is_some() {
                *value = HeaderValue::from_static(HIDDEN);
            }
        }
    }

    /// `name: value` or `-name`.
    fn header_line(&self, line: &mut String) {
        if let Some((name, _)) = line.split_once(": ")
            && self.0.headers.matching(name).is_some()
        {
            *line = format!("{name}: {HIDDEN}");
        }
    }

    fn paths(&self) -> Option<&[JsonPath]> {
        Some(&*self.0.json).filter(|paths| !paths.is_empty())
    }

    fn body(&self, body: &mut Bytes) {
        let Some(paths) = self.paths().filter(|_| !body.is_empty()) else {
            return;
        };
        match std::str::from_utf8(body).map(|text| masked(text, paths)) {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(text))) => *body = text.into(),
            // A stream that came where a whole answer was asked for.
            Ok(Err(_)) if is_stream(body) => self.frames(body),
            // Nobody can tell what is where in it.
            _ => *body = Bytes::from_static(HIDDEN.as_bytes()),
        }
    }

    fn event(&self, data: &mut ByteString) {
        if let Some(paths) = self.paths() {
            match masked(data, paths) {
                Ok(None) => {}
                Ok(Some(text)) => *data = text.into(),
                Err(_) => *data = HIDDEN.into(),
            }
        }
    }

    /// One frame or more. Frames in which nothing is masked stay as they came.
    fn frames(&self, raw: &mut Bytes) {
        if self.paths().is_none() {
            return;
        }
        let mut framer = Framer::new(usize::MAX);
        framer.push(raw.clone());
        let frames = std::iter::from_fn(|| match framer.frame() {
            Some(frame) => frame.ok(),
            None => framer.finish(),
        });
        let mut changed = false;
        let mut out = Vec::with_capacity(raw.len());
        for frame in frames {
            match frame.kind {
                Kind::Comment | Kind::Done => out.extend_from_slice(&frame.raw),
                Kind::Data { name, data } => {
                    let mut shown = data.clone();
                    self.event(&mut shown);
                    if shown == data {
                        out.extend_from_slice(&frame.raw);
                    } else {
                        changed = true;
                        out.extend_from_slice(&sse::encode(name.as_deref(), &shown));
                    }
                }
                Kind::Unreadable => {
                    changed = true;
                    out.extend_from_slice(&sse::encode(None, HIDDEN));
                }
            }
        }
        if changed {
            *raw = out.into();
        }
    }
}

fn is_stream(body: &[u8]) -> bool {
    let mut lines = body.split(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"data:"))
}
