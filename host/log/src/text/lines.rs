//! The lines of a log grouped into records, before their meaning.

use memchr::memchr;

use super::block;

/// A line that begins a record and the lines that belong to it.
#[derive(Debug, Default)]
pub struct Record {
    /// Of the first line, from 1.
    pub line: usize,
    /// The first line.
    pub title: String,
    fields: Vec<(String, String)>,
    /// Values as bytes: they need not be UTF-8.
    pub headers: Vec<(String, Vec<u8>)>,
    pub block: Vec<u8>,
    /// Block lines with the sign `-`.
    pub removed: Vec<u8>,
    /// Block lines with the sign `+`.
    pub inserted: Vec<u8>,
}

/// The records of a log, the head of the file as the first. A last line without a newline is
/// torn and left out.
pub fn split(text: &[u8]) -> impl Iterator<Item = Record> {
    let mut lines = Lines {
        rest: text,
        number: 0,
        next: None,
    };
    std::iter::from_fn(move || lines.record())
}

struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
    /// The line that ended the record before.
    next: Option<&'a [u8]>,
}

impl<'a> Lines<'a> {
    fn line(&mut self) -> Option<&'a [u8]> {
        self.number += 1;
        let end = memchr(b'\n', self.rest)?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(line)
    }

    fn record(&mut self) -> Option<Record> {
        let title = match self.next.take() {
            Some(line) => line,
            None => self.line()?,
        };
        let title = String::from_utf8_lossy(title).into_owned();
        let mut record = Record {
            line: self.number,
            title,
            ..Record::default()
        };
        while let Some(line) = self.line() {
            if begins_record(line) {
                self.next = Some(line);
                break;
            }
            record.add(line);
        }
        Some(record)
    }
}

fn begins_record(line: &[u8]) -> bool {
    [&b"=== "[..], b"< +", b"> +", b"~ +", b"* "]
        .iter()
        .any(|sign| line.starts_with(sign))
}

impl Record {
    /// A line that is nothing known is passed over.
    fn add(&mut self, line: &[u8]) {
        match line {
            [b'-', line @ ..] => {
                block::take(line, &mut self.removed);
            }
            [b'+', line @ ..] => {
                block::take(line, &mut self.inserted);
            }
            [b' ', b' ', b' ', b' ', line @ ..] => {
                if let Some((name, value)) = split_field(line) {
                    self.headers.push((name, value));
                }
            }
            _ => {
                if !block::take(line, &mut self.block)
                    && let Some((name, value)) = split_field(line)
                {
                    self.fields
                        .push((name, String::from_utf8_lossy(&value).into_owned()));
                }
            }
        }
    }

    pub fn text(&self, name: &str) -> Result<String, String> {
        self.optional(name).ok_or_else(|| format!("no `{name}:`"))
    }

    pub fn optional(&self, name: &str) -> Option<String> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        let fields = self.fields.iter().filter(|(field, _)| field == name);
        fields.map(|(_, value)| value.clone()).collect()
    }

    pub fn flag(&self, name: &str) -> Result<bool, String> {
        match self.text(name)?.as_str() {
            "yes" => Ok(true),
            "no" => Ok(false),
            other => Err(format!("`{name}` is yes or no, not `{other}`")),
        }
    }

    pub fn first_field(&self) -> Option<(String, String)> {
        self.fields.first().cloned()
    }

    pub fn unescaped(text: &str) -> String {
        String::from_utf8_lossy(&block::unescape(text.as_bytes())).into_owned()
    }
}

/// `name: value`, unescaped. The space may be missing when the value is empty.
fn split_field(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = memchr(b':', line)?;
    let name = std::str::from_utf8(&line[..colon]).ok()?;
    let value = &line[colon + 1..];
    Some((
        name.to_string(),
        block::unescape(value.strip_prefix(b" ").unwrap_or(value)),
    ))
}
