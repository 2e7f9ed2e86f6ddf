use alloc::vec::Vec;

use yallmp_sdk::{Deployment, Glob, Interest, Json};

/// Claude Code's: version and a checksum of the request, new each time.
const KNOWN: [&str; 1] = ["x-anthropic-billing-header:*"];

pub struct Settings {
    /// For whole lines.
    pub remove: Vec<Glob>,
    pub watch: bool,
    everywhere: bool,
}

impl Settings {
    /// `config` satisfies the schema.
    pub fn read(config: &Json<'_>) -> Self {
        let own = config.get("remove").and_then(Json::as_array);
        let own = own.map(|own| own.iter().filter_map(Json::as_str).map(Glob::new).collect());
        Settings {
            remove: own.unwrap_or_else(|| KNOWN.map(Glob::new).into()),
            watch: config.get("watch").and_then(Json::as_bool) != Some(false),
            everywhere: config.get("where").and_then(Json::as_str) == Some("everywhere"),
        }
    }

    pub fn removes(&self, deployment: &Deployment) -> bool {
        !self.remove.is_empty() && (self.everywhere || !is_anthropic(deployment))
    }

    /// What a request holds that has such a line.
    pub fn lines(&self) -> Interest {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | ' ');
        let literals = self.remove.iter().map(Glob::literal);
        let literals: Option<Vec<&str>> = literals
            .map(|it| {
                (1..=128)
                    .contains(&it.len())
                    .then_some(it)
                    .filter(|it| it.chars().all(plain))
            })
            .collect();
        match literals {
            Some(literals) if literals.len() <= 64 => Interest::any_of(&literals),
            _ => Interest::All,
        }
    }
}

/// Whether the backend is Anthropic itself, to which the line is addressed. The profile goes
/// by host and by provider, and can be set by hand for a gateway to Anthropic. Claude at other
/// hosts is not.
fn is_anthropic(deployment: &Deployment) -> bool {
    let profile = Json::parse(&deployment.profile);
    let is_theirs =
        |profile: &Json<'_>| profile.get("name").and_then(Json::as_str) == Some("anthropic");
    let rest = deployment.api_base.split_once("://");
    let host = rest
        .and_then(|(_, rest)| rest.split(['/', ':']).next())
        .unwrap_or_default();
    host == "anthropic.com"
        || host.ends_with(".anthropic.com")
        || profile.is_ok_and(|profile| is_theirs(&profile))
}
