//! Reads a value that is nearly JSON and writes it as JSON. What is right is copied as it
//! stands, so that what a client has already been sent stays a prefix of the result.

use alloc::string::String;

use yallmp_sdk::Json;

use super::convert;
use crate::text::escape;
use crate::tools::types::Schema;

const MAX_DEPTH: u8 = 64;

/// How much is forgiven; each step includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leniency {
    Strict,
    /// Control characters and wrong escapes in strings.
    Strings,
    /// `\n`, spelled out, between tokens.
    Stray,
    /// Comments, commas, quotes and words of other languages.
    Loose,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten<'t> {
    pub json: String,
    /// What follows the value.
    pub rest: &'t str,
}

/// Reads one value at the start of `text`. `close`: arrays and objects may lack their end
/// (but not strings, nor what stands after a comma or colon). With a schema, values that do
/// not fit it are converted if they then do.
pub fn rewrite<'t>(
    text: &'t str,
    leniency: Leniency,
    close: bool,
    schema: Option<Schema<'_>>,
) -> Option<Rewritten<'t>> {
    let mut rewriter = Rewriter {
        text,
        at: 0,
        out: String::with_capacity(text.len() + 8),
        leniency,
        close,
    };
    rewriter.blank()?;
    rewriter.out.clear();
    rewriter.value(schema, MAX_DEPTH)?;
    Some(Rewritten {
        json: rewriter.out,
        rest: &text[rewriter.at..],
    })
}

struct Rewriter<'t> {
    text: &'t str,
    at: usize,
    out: String,
    leniency: Leniency,
    close: bool,
}

impl<'t> Rewriter<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    fn take(&mut self, bytes: usize) {
        self.out.push_str(&self.text[self.at..self.at + bytes]);
        self.at += bytes;
    }

    fn allows(&self, leniency: Leniency) -> bool {
        self.leniency >= leniency
    }

    /// Copies white space, and leaves out what is forgiven between tokens. None: a comment
    /// without end.
    fn blank(&mut self) -> Option<()> {
        loop {
            let rest = self.rest();
            let space = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            self.take(space);
            let rest = self.rest();
            let spelled = ["\\n", "\\r", "\\t"].iter().any(|s| rest.starts_with(s));
            if self.allows(Leniency::Stray) && spelled {
                self.skip(2);
            } else if self.allows(Leniency::Loose) && rest.starts_with("//") {
                self.skip(rest.find('\n').unwrap_or(rest.len()));
            } else if self.allows(Leniency::Loose) && rest.starts_with("/*") {
                self.skip(rest.find("*/")? + 2);
            } else {
                return Some(());
            }
        }
    }

    fn value(&mut self, schema: Option<Schema<'_>>, depth: u8) -> Option<()> {
        let start = self.out.len();
        match self.peek()? {
            '{' => self.object(schema, depth.checked_sub(1)?)?,
            '[' => self.array(schema, depth.checked_sub(1)?)?,
            '"' => self.string('"', Place::Value)?,
            '\'' if self.allows(Leniency::Loose) => self.string('\'', Place::Value)?,
            '-' | '0'..='9' => self.number()?,
            _ => self.word()?,
        }
        if let Some(schema) = schema
            && let Some(fitting) = convert::fitting(&self.out[start..], schema)
        {
            self.out.truncate(start);
            self.out.push_str(&fitting);
        }
        Some(())
    }

    fn object(&mut self, schema: Option<Schema<'_>>, depth: u8) -> Option<()> {
        self.take(1);
        let mut last = Last::Opener;
        loop {
            self.blank()?;
            if self.ends('}', last) {
                return Some(());
            }
            let here = self.out.len();
            self.key()?;
            let name = Json::parse(&self.out[here..]).ok()?.into_owned();
            self.blank()?;
            if self.peek() != Some(':') {
                return None;
            }
            self.take(1);
            self.blank()?;
            let member = schema.and_then(|schema| schema.property(name.as_str()?));
            self.value(member, depth)?;
            last = self.comma('}')?;
        }
    }

    fn array(&mut self, schema: Option<Schema<'_>>, depth: u8) -> Option<()> {
        self.take(1);
        let items = schema.and_then(Schema::items);
        let mut last = Last::Opener;
        loop {
            self.blank()?;
            if self.ends(']', last) {
                return Some(());
            }
            self.value(items, depth)?;
            last = self.comma(']')?;
        }
    }

    /// Takes the closer, if the array or object ends here.
    fn ends(&mut self, closer: char, last: Last) -> bool {
        match (self.peek(), last) {
            (Some(c), Last::Opener | Last::Value) if c == closer => self.take(1),
            (Some(c), Last::Comma(at)) if c == closer && self.allows(Leniency::Loose) => {
                self.out.remove(at);
                self.take(1);
            }
            (None, Last::Value) if self.close => self.out.push(closer),
            _ => return false,
        }
        true
    }

    /// What follows a member or an item.
    fn comma(&mut self, closer: char) -> Option<Last> {
        let before = self.out.len();
        self.blank()?;
        let here = self.out.len();
        match self.peek() {
            Some(',') => {
                self.take(1);
                while self.allows(Leniency::Loose) && self.rest().trim_start().starts_with(',') {
                    self.skip(self.rest().find(',')? + 1);
                }
                Some(Last::Comma(here))
            }
            Some(c) if c == closer => Some(Last::Value),
            None if self.close => Some(Last::Value),
            Some(_) if self.allows(Leniency::Loose) && here > before => {
                self.out.insert(before, ',');
                Some(Last::Comma(before))
            }
            _ => None,
        }
    }

    fn key(&mut self) -> Option<()> {
        match self.peek()? {
            '"' => self.string('"', Place::Key),
            '\'' if self.allows(Leniency::Loose) => self.string('\'', Place::Key),
            _ if self.allows(Leniency::Loose) => {
                let rest = self.rest();
                let end =
                    rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '$')));
                let name = &rest[..end?];
                if name.is_empty() {
                    return None;
                }
                self.out.push('"');
                self.take(name.len());
                self.out.push('"');
                Some(())
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        let rest = self.rest();
        let part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        Json::parse(&rest[..end]).ok()?;
        self.take(end);
        Some(())
    }

    fn word(&mut self) -> Option<()> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let spelled = &rest[..end];
        let is = |word: &str| match self.allows(Leniency::Loose) {
            true => spelled.eq_ignore_ascii_case(word),
            false => spelled == word,
        };
        let word = ["true", "false", "null"].into_iter().find(|word| is(word));
        let word = match spelled {
            "None" if self.allows(Leniency::Loose) => "null",
            _ => word?,
        };
        self.skip(end);
        self.out.push_str(word);
        Some(())
    }

    fn string(&mut self, quote: char, place: Place) -> Option<()> {
        self.skip(1);
        self.out.push('"');
        loop {
            let c = self.peek()?;
            match c {
                _ if c == quote && self.closes(place) => {
                    self.skip(1);
                    self.out.push('"');
                    return Some(());
                }
                '"' => {
                    self.skip(1);
                    self.out.push_str("\\\"");
                }
                '\\' => self.escape(quote)?,
                '\0'..='\x1f' if self.leniency == Leniency::Strict => return None,
                '\0'..='\x1f' => {
                    escape(&self.rest()[..1], &mut self.out);
                    self.skip(1);
                }
                _ => {
                    let special = |c: char| c == quote || matches!(c, '"' | '\\' | '\0'..='\x1f');
                    let next = c.len_utf8();
                    let run = self.rest()[next..].find(special);
                    self.take(run.map_or(self.rest().len(), |run| next + run));
                }
            }
        }
    }

    /// At a quote: whether it ends the string. Strictly it does; else only if what follows can
    /// follow a string.
    fn closes(&self, place: Place) -> bool {
        if !self.allows(Leniency::Loose) {
            return true;
        }
        let rest = self.rest()[1..].trim_start();
        match (place, rest.chars().next()) {
            (_, None) => true,
            (Place::Key, Some(next)) => next == ':',
            (Place::Value, Some(next)) => matches!(next, ',' | '}' | ']'),
        }
    }

    /// At a backslash.
    fn escape(&mut self, quote: char) -> Option<()> {
        let rest = self.rest();
        let next = rest[1..].chars().next()?;
        let hex = || {
            let digits = rest.as_bytes().get(2..6);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        match next {
            '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => self.take(2),
            'u' if hex() => self.take(6),
            _ if next == quote && self.allows(Leniency::Loose) => {
                self.skip(2);
                self.out.push(quote);
            }
            _ if self.allows(Leniency::Strings) => {
                self.skip(1);
                self.out.push_str("\\\\");
            }
            _ => return None,
        }
        Some(())
    }
}

/// What was last written inside of an array or object.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Last {
    Opener,
    Value,
    /// A comma, at this place of the output.
    Comma(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Key,
    Value,
}
