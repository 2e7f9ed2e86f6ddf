//! An exchange in one line of the terminal.

use std::fmt::Write as _;

use yallmp_log::trace::{State, Summary};

use super::super::plain::plain;

pub const HEAD: &str = "started              state      model                     deployment            tries  in/out tokens   first     total  id";

pub fn line(summary: &Summary) -> String {
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
        "{} {state:<10} {:<25} {:<21} {:>5}  {tokens:>13}  {first:>6}  {:>8}  {}",
        time.replace('T', " "),
        plain(&summary.model),
        plain(deployment),
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
