//! An exchange in one line of the terminal.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;
use yallmp_log::trace::{State, Summary};

use super::paint::{cut, pad};
use crate::plain::plain;

/// Columns of an error that are shown. The whole is in `show`.
const LONGEST_ERROR: usize = 200;

/// How wide the columns of names are. Names beyond the widest are not cut: they push what follows.
pub struct Widths {
    model: usize,
    deployment: usize,
}

impl Default for Widths {
    fn default() -> Self {
        Widths {
            model: 25,
            deployment: 21,
        }
    }
}

impl Widths {
    const WIDEST: usize = 60;

    /// Wide enough for all of these.
    pub fn of(summaries: &[Summary]) -> Self {
        summaries.iter().fold(Self::default(), |widths, summary| {
            let name = |text: &str| plain(text).width().min(Self::WIDEST);
            let deployment = summary.deployment.as_deref().unwrap_or_default();
            Widths {
                model: widths.model.max(name(&summary.model)),
                deployment: widths.deployment.max(name(deployment)),
            }
        })
    }

    pub fn head(&self) -> String {
        format!(
            "started             state      {} {} tries  in/out tokens   first     total  id",
            pad("model", self.model),
            pad("deployment", self.deployment),
        )
    }
}

pub fn line(summary: &Summary, widths: &Widths) -> String {
    let time = summary.started.get(..19).unwrap_or(&summary.started);
    let state = match (summary.state, summary.status) {
        (State::Running, _) => "running".to_owned(),
        (State::Success, _) => "ok".to_owned(),
        (State::Error, Some(status)) => format!("error {status}"),
        (State::Error, None) => "error".to_owned(),
        (State::Cancelled, _) => "cancelled".to_owned(),
    };
    let tokens = match (summary.tokens.input, summary.tokens.output) {
        (None, None) => "-".to_owned(),
        (input, output) => format!("{}/{}", number(input), number(output)),
    };
    let first = summary.first_event.map_or("-".to_owned(), seconds);
    let deployment = summary.deployment.as_deref().unwrap_or("-");
    let mut line = format!(
        "{} {state:<10} {} {} {:>5}  {tokens:>13}  {first:>6}  {:>8}  {}",
        time.replace('T', " "),
        pad(&plain(&summary.model), widths.model),
        pad(&plain(deployment), widths.deployment),
        summary.attempts,
        seconds(summary.total),
        summary.id,
    );
    if !summary.changed_by.is_empty() {
        let _ = write!(line, "  [{}]", plain(&summary.changed_by.join(", ")));
    }
    if let Some(title) = &summary.title {
        let _ = write!(line, "  {}", plain(title));
    }
    if let Some(error) = &summary.error {
        let _ = write!(line, "  ({})", cut(&plain(error), LONGEST_ERROR));
    }
    line
}

fn number(count: Option<u64>) -> String {
    count.map_or("-".to_owned(), |count| count.to_string())
}

fn seconds(seconds: f64) -> String {
    match seconds < 10.0 {
        true => format!("{seconds:.2}s"),
        false => format!("{seconds:.1}s"),
    }
}
