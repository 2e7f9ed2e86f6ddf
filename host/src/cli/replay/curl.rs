//! The request as a command that can be pasted into a POSIX shell.

use anyhow::bail;

use super::plan::{KEY_VARIABLES, Plan};

/// The key stays out of it: the command reads `$YALLMP_API_KEY`.
pub fn command(plan: &Plan) -> anyhow::Result<Vec<u8>> {
    if plan.body.contains(&0) {
        bail!("the body holds a NUL byte, which no shell can take; replay without --print-curl");
    }
    let mut text = Vec::new();
    if !plan.body.is_empty() {
        // `printf` is built in, so that a body may be longer than an argument, and it adds
        // no newline, as a here-document would.
        text.extend_from_slice(b"printf %s ");
        quote(&mut text, &plan.body);
        text.extend_from_slice(b" |\n");
    }
    text.extend_from_slice(b"curl -gsSN -X ");
    text.extend_from_slice(plan.method.as_str().as_bytes());
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
    Ok(text)
}

fn option(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b" \\\n  ");
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
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
