//! `include`: further files, laid over the first one as LiteLLM does it. Lists grow, and
//! everything else is replaced.

use super::Read;
use super::diag::Severity;
use super::findings::{At, Findings};
use super::raw::{Member, Node, Value};

/// Put what the files hold into the tree. Paths are relative to the folder of the first
/// file, and what a file includes itself is not followed.
pub fn include(tree: &mut Node, read: Read, findings: &mut Findings<'_>) {
    let Some(at) = At::top(tree).get("include") else {
        return;
    };
    let names: Vec<At<'_>> = match at.node.value {
        Value::List(_) => at.items().collect(),
        _ => vec![at.clone()],
    };
    let mut included = Vec::new();
    for name in names {
        // What is no text is complained about with the other types.
        let Some(path) = name.node.as_text() else {
            continue;
        };
        match read(path) {
            Ok(text) => included.push((path.to_owned(), text)),
            Err(why) => findings.error(&name, format!("cannot read `{path}`: {why}"), None),
        }
    }
    for (path, text) in included {
        let file = findings.also(path, &text);
        match Node::parse_in(file, &text) {
            Err(error) => findings.syntax(error),
            Ok(more) => {
                findings.hide_secrets(&more);
                lay(tree, more, findings);
            }
        }
    }
}

fn lay(tree: &mut Node, more: Node, findings: &mut Findings<'_>) {
    let Value::Map(more) = more.value else {
        if !more.is_null() {
            let message = format!("the file must be a map, not {}", more.kind());
            findings.error(&At::top(&more), message, None);
        }
        return;
    };
    let Value::Map(members) = &mut tree.value else {
        return;
    };
    for member in more {
        if member.key == "include" {
            let message = "files that an included file names are not read";
            findings.push(Severity::Warning, member.mark, "include", message, None);
            continue;
        }
        match members.iter_mut().rfind(|known| known.key == member.key) {
            None => members.push(member),
            Some(known) => replace(known, member, findings),
        }
    }
}

fn replace(known: &mut Member, member: Member, findings: &mut Findings<'_>) {
    match (&mut known.node.value, member.node.value) {
        (Value::List(items), Value::List(more)) => items.extend(more),
        (Value::Null, value) => {
            known.mark = member.mark;
            known.node = Node {
                value,
                mark: member.node.mark,
            };
        }
        (_, Value::Null) => {}
        (_, value) => {
            let message = format!(
                "this takes the place of `{}` in {}, as in LiteLLM",
                member.key,
                findings.place(known.mark)
            );
            findings.push(Severity::Warning, member.mark, &member.key, message, None);
            known.mark = member.mark;
            known.node = Node {
                value,
                mark: member.node.mark,
            };
        }
    }
}
