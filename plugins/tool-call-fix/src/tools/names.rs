//! Which tool a name means. Every step must leave exactly one tool; nothing is guessed by
//! likeness, since a wrong tool does more harm than an unknown one.

use alloc::string::String;

/// What models and gateways put before a name.
const PREFIXES: [&str; 6] = [
    "functions.",
    "functions:",
    "function.",
    "default_api.",
    "tools.",
    "tool.",
];

/// The index of the tool that `name` means.
pub fn resolve<'t>(name: &str, tools: impl Iterator<Item = &'t str> + Clone) -> Option<usize> {
    let only = |same: &dyn Fn(&str) -> bool| {
        let mut found = tools.clone().enumerate().filter(|(_, tool)| same(tool));
        let (index, _) = found.next()?;
        found.next().is_none().then_some(index)
    };
    let bare = strip(name);
    let (folded, plain) = (fold(bare), plain(bare));
    let exact = tools.clone().position(|tool| tool == name);
    exact
        .or_else(|| only(&|tool| tool == name.trim()))
        .or_else(|| only(&|tool| tool == bare))
        .or_else(|| only(&|tool| fold(tool) == folded))
        .or_else(|| only(&|tool| self::plain(tool) == plain))
        .or_else(|| only(&|tool| is_suffix(bare, tool)))
}

/// Whether `name` could become one of the tools if more letters follow.
pub fn is_prefix<'t>(name: &str, mut tools: impl Iterator<Item = &'t str>) -> bool {
    tools.any(|tool| tool.len() > name.len() && tool.starts_with(name))
}

/// Without known prefixes, what follows a special token (`name<|channel|>commentary`), and the
/// index of a Kimi id (`functions.name:0`).
pub fn strip(name: &str) -> &str {
    let name = name.trim();
    let name = name.split("<|").next().unwrap_or(name).trim_end();
    let known = |name: &str| PREFIXES.into_iter().find(|prefix| name.starts_with(prefix));
    let name = known(name).map_or(name, |prefix| &name[prefix.len()..]);
    match name.rsplit_once(':') {
        Some((bare, index)) if !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()) => {
            bare
        }
        _ => name,
    }
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn plain(name: &str) -> String {
    let mut plain = fold(name);
    plain.retain(|c| !matches!(c, '-' | '_' | '.' | ' '));
    plain
}

/// A name that lost the prefix of its MCP server: `read` for `files__read`.
fn is_suffix(name: &str, tool: &str) -> bool {
    !name.is_empty()
        && tool
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with("__") || rest.ends_with(['.', '/']))
}
