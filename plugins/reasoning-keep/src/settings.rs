//! What to do for a deployment: its profile's `reasoning.keep`, and over it the settings.

use alloc::string::{String, ToString};

use yallmp_sdk::{Json, Result};

/// How reasoning goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    ReasoningContent,
    Reasoning,
    /// Both names with the same text, for servers of which it is not known what they read.
    Both,
    ReasoningDetails,
    /// A block at the head of `content`.
    ThinkTags,
    /// A list as `content`.
    Mistral,
    /// Not the text: only what calls carry beside it, such as Google's signatures.
    ExtraContent,
}

/// Which assistant messages get it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those since the last user message.
    InTurn,
    ToolCalls,
    All,
}

/// What happens to a message with calls whose reasoning is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    Nothing,
    Empty,
    Space,
    Dot,
    DisableThinking,
    PlaceholderSignature,
    StripCalls,
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub field: Field,
    pub scope: Scope,
    pub miss: Miss,
    pub treat_empty_as_absent: bool,
    pub family: Option<String>,
    pub lifetime: Lifetime,
}

/// How long an answer is remembered, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// At the longest, from the answer on.
    pub whole: u32,
    /// From its last use on.
    pub idle: u32,
}

impl Lifetime {
    /// Where nothing is kept.
    pub const NONE: Self = Lifetime { whole: 1, idle: 1 };
}

impl Settings {
    /// None if nothing is to be kept. `config` satisfies the schema; `profile` is JSON text,
    /// and values in it that are not known count as not said.
    pub fn read(config: &Json<'_>, profile: &str) -> Result<Option<Self>> {
        let profile = Json::parse(profile)?;
        let keep = profile.pointer("/reasoning/keep");
        let word = |name: &str| {
            let own = config.get(name).and_then(Json::as_str);
            own.or_else(|| keep?.get(name)?.as_str())
                .unwrap_or_default()
        };
        let field = match word("field") {
            "reasoning_content" => Field::ReasoningContent,
            "reasoning" => Field::Reasoning,
            "both" => Field::Both,
            "reasoning_details" => Field::ReasoningDetails,
            "think_tags" => Field::ThinkTags,
            "mistral" => Field::Mistral,
            "extra_content" => Field::ExtraContent,
            _ => return Ok(None),
        };
        let scope = match word("scope") {
            "none" => return Ok(None),
            "tool_calls" => Scope::ToolCalls,
            "all" => Scope::All,
            _ => Scope::InTurn,
        };
        let miss = match word("miss") {
            "empty" => Miss::Empty,
            "space" => Miss::Space,
            "dot" => Miss::Dot,
            "disable_thinking" => Miss::DisableThinking,
            "placeholder_signature" => Miss::PlaceholderSignature,
            "strip_calls" => Miss::StripCalls,
            _ => Miss::Nothing,
        };
        let flag = config.get("treat_empty_as_absent").and_then(Json::as_bool);
        let family = config.get("family").and_then(Json::as_str);
        let hours = |name: &str, default: u32| {
            let said = config.get(name).and_then(Json::as_u64);
            said.and_then(|it| u32::try_from(it).ok())
                .unwrap_or(default)
                * 3600
        };
        let whole = hours("hours", 24);
        Ok(Some(Settings {
            field,
            scope,
            miss,
            treat_empty_as_absent: flag.unwrap_or(false),
            family: family.map(ToString::to_string),
            lifetime: Lifetime {
                whole,
                idle: hours("idle_hours", 2).min(whole),
            },
        }))
    }
}

impl Miss {
    pub fn word(self) -> &'static str {
        match self {
            Miss::Nothing => "nothing",
            Miss::Empty => "empty",
            Miss::Space => "space",
            Miss::Dot => "dot",
            Miss::DisableThinking => "disable_thinking",
            Miss::PlaceholderSignature => "placeholder_signature",
            Miss::StripCalls => "strip_calls",
        }
    }
}
