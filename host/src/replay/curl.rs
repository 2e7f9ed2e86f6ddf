//! The request as a command that can be pasted into a POSIX shell.

use yallmp_log::text::parse::Log;

use super::request::{KEY_VARIABLES, Plan, Wishes};
use crate::plain::is_odd;

/// The command that sends the request of a log again, from nothing but the log.
///
/// # Errors
/// The log does not hold the request.
pub fn of(log: &Log) -> anyhow::Result<Vec<u8>> {
    let wishes = Wishes {
        as_command: true,
        ..Wishes::default()
    };
    Ok(command(&Plan::new(log, &wishes, |_| None)?))
}

/// The key stays out of it: the command reads `$YALLMP_API_KEY`.
pub fn command(plan: &Plan) -> Vec<u8> {
    let mut text = Vec::new();
    if !plan.body.is_empty() {
        // `printf` is built in, so that a body may be longer than an argument, and it adds
        // no newline, as a here-document would.
        match str::from_utf8(&plan.body) {
            Ok(body) if !body.contains(is_special) => {
                text.extend_from_slice(b"printf %s ");
                quote(&mut text, body.as_bytes());
            }
            _ => {
                text.extend_from_slice(b"printf %b ");
                quote(&mut text, &escaped(&plan.body));
            }
        }
        text.extend_from_slice(b" |\n");
    }
    text.extend_from_slice(b"curl -gsSN -X ");
    // A method may hold what acts on a shell.
    quote(&mut text, plan.method.as_str().as_bytes());
    text.push(b' ');
    quote(&mut text, plan.url.as_bytes());
    for (name, value) in &plan.headers {
        // curl leaves a header out when it ends with a colon.
        let separator: &[u8] = if value.is_empty() { b";" } else { b": " };
        option(&mut text, "-H");
        quote(
            &mut text,
            &[name.as_str().as_bytes(), separator, value.as_bytes()].concat(),
        );
    }
    // And it adds these unless told otherwise.
    for name in ["content-type", "accept", "user-agent"] {
        if !plan.headers.contains_key(name) {
            option(&mut text, "-H");
            quote(&mut text, format!("{name}:").as_bytes());
        }
    }
    if let Some(name) = &plan.key_header {
        let value = Plan::key_value(name, &format!("${}", KEY_VARIABLES[0]));
        option(&mut text, "-H");
        text.extend_from_slice(format!("\"{name}: {value}\"").as_bytes());
    }
    if !plan.body.is_empty() {
        option(&mut text, "--data-binary");
        text.extend_from_slice(b"@-");
    }
    text.push(b'\n');
    text
}

fn option(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b" \\\n  ");
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
}

/// No shell can take it, or a terminal that shows the command would act on it.
fn is_special(c: char) -> bool {
    c != '\n' && c != '\t' && is_odd(c)
}

/// For `printf %b`: octal numbers for all that is not plain ASCII.
fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' | b'\t' | b' '..=b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("\\0{byte:03o}").as_bytes()),
        }
    }
    out
}

/// In single quotes, where only the single quote itself is special.
fn quote(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'\'');
    for &byte in text {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            _ => out.push(byte),
        }
    }
    out.push(b'\'');
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn every_byte_survives_the_shell_and_none_acts_on_a_terminal() {
        let body: Vec<u8> = (0..=255).chain(*b"\\0123 %s \xc2\x9b1m\\n'").collect();
        let mut command = b"printf %b ".to_vec();
        quote(&mut command, &escaped(&body));
        let command = String::from_utf8(command).unwrap();
        assert!(!command.contains(is_special), "{command:?}");
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        assert_eq!(output.stdout, body);
    }
}
