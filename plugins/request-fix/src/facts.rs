//! What the backend refuses: its profile, with the configuration laid over it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::{Interest, Json};

use crate::alternatives::AnyOf;

/// What a request that may need changes holds; which of them, the facts say.
const TOOLS: [&str; 1] = ["\"tools\""];
const CHOICE: [&str; 1] = ["\"tool_choice\""];
const CALLS: [&str; 2] = ["\"tool_calls\"", "\"tool_call_id\""];
const PARTS: [&str; 4] = [
    "\"type\":\"text\"",
    "\"type\": \"text\"",
    "\"content\":[",
    "\"content\": [",
];
/// Content of nothing.
const EMPTY: [&str; 6] = [
    "\"content\":\"\"",
    "\"content\": \"\"",
    "\"content\":null",
    "\"content\": null",
    "\"content\":[]",
    "\"content\": []",
];
const SYSTEM: [&str; 2] = ["\"system\"", "\"developer\""];

/// For a deployment whose facts are not known yet.
pub const ALL_SIGNS: [&str; 14] = [
    "\"tools\"",
    "\"tool_choice\"",
    "\"tool_calls\"",
    "\"tool_call_id\"",
    "\"type\":\"text\"",
    "\"type\": \"text\"",
    "\"content\":[",
    "\"content\": [",
    "\"content\":\"\"",
    "\"content\": \"\"",
    "\"content\":null",
    "\"content\": null",
    "\"system\"",
    "\"developer\"",
];

/// The shape of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    Any,
    /// Nine letters and digits.
    Mistral,
    /// `functions.NAME:INDEX`
    Kimi,
    Limited {
        max: usize,
        /// As in a regular expression's brackets; empty: any.
        chars: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphans {
    Leave,
    Drop,
    /// They become text of the user.
    User,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    Leave,
    /// A result that says that there is none.
    Answer,
    /// The call goes.
    Drop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserAfterTool {
    Leave,
    Merge,
    Assistant,
}

/// What is wrong with schemas for the backend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    pub drop: Vec<String>,
    pub inline_refs: bool,
    pub nullable: bool,
    pub const_as_enum: bool,
    pub drop_empty_additional: bool,
    pub drop_type_beside_any_of: bool,
    pub any_of: AnyOf,
    pub strict_needs_required: bool,
    /// Arrays must name their items, objects their properties.
    pub complete: bool,
}

#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts are independent of each other"
)]
pub struct Facts {
    pub drop: Vec<String>,
    pub drop_in_parts: Vec<String>,
    pub roles: Vec<(String, String)>,
    pub one_system: bool,
    pub content_string: bool,
    pub content_null: Option<bool>,
    pub arguments: bool,
    pub choice: Option<Vec<String>>,
    pub choice_hint: bool,
    pub orphans: Orphans,
    pub unanswered: Unanswered,
    pub drop_empty_calls: bool,
    pub drop_empty_assistant: bool,
    pub user_after_tool: UserAfterTool,
    pub tool_name: bool,
    pub empty_result: Option<String>,
    pub ids: Ids,
    pub names: Option<NameForm>,
    pub schema: Schema,
}

/// What names of tools must look like. No characters: any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameForm {
    pub max: usize,
    pub chars: String,
    /// The first of them.
    pub first: String,
}

impl Facts {
    /// `profile`: what is known of the backend, as JSON. What `config` says counts first.
    pub fn read(config: &Json<'_>, profile: &str) -> Self {
        let profile = Json::parse(profile).unwrap_or(Json::Null);
        let uses_profile = config.get("profile").and_then(Json::as_bool) != Some(false);
        let find = |path: &str| {
            let of_profile = || uses_profile.then(|| profile.pointer(path)).flatten();
            said(config, path).or_else(of_profile)
        };
        let text = |path: &str| find(path).and_then(Json::as_str).unwrap_or_default();
        let is = |path: &str| find(path).and_then(Json::as_bool) == Some(true);
        let list = |path: &str| {
            let items = find(path).and_then(Json::as_array)?.iter();
            Some(
                items
                    .filter_map(Json::as_str)
                    .map(ToString::to_string)
                    .collect::<Vec<_>>(),
            )
        };
        let number = |path: &str| {
            let number = find(path).and_then(Json::as_u64)?;
            usize::try_from(number).ok()
        };
        let ids = match (
            text("/tools/ids/form"),
            number("/tools/ids/max"),
            text("/tools/ids/chars"),
        ) {
            ("mistral", ..) => Ids::Mistral,
            ("kimi", ..) => Ids::Kimi,
            (_, None, "") => Ids::Any,
            (_, max, chars) => Ids::Limited {
                max: max.unwrap_or(64),
                chars: chars.into(),
            },
        };
        let roles = find("/request/roles").and_then(Json::as_object);
        let roles = roles.into_iter().flat_map(|roles| roles.iter());
        let strict_order = text("/tools/order") == "strict";
        let orphans = match text("/tools/orphan_results") {
            "drop" => Orphans::Drop,
            "user" => Orphans::User,
            "" if strict_order => Orphans::Drop,
            _ => Orphans::Leave,
        };
        let unanswered = match text("/tools/unanswered_calls") {
            "answer" => Unanswered::Answer,
            "drop" => Unanswered::Drop,
            "" if orphans != Orphans::Leave => Unanswered::Answer,
            _ => Unanswered::Leave,
        };
        Facts {
            drop: list("/request/drop").unwrap_or_default(),
            drop_in_parts: list("/request/drop_in_parts").unwrap_or_default(),
            roles: roles
                .filter_map(|(from, to)| Some((from.to_string(), to.as_str()?.to_string())))
                .collect(),
            one_system: is("/request/one_system"),
            content_string: text("/tools/content") == "string",
            content_null: match text("/tools/content_null") {
                "keep" => Some(true),
                "empty" => Some(false),
                _ => None,
            },
            arguments: text("/tools/arguments") == "string",
            choice: list("/tools/choice"),
            choice_hint: is("/tools/choice_hint"),
            orphans,
            unanswered,
            drop_empty_calls: is("/tools/drop_empty_calls"),
            drop_empty_assistant: is("/tools/drop_empty_assistant"),
            user_after_tool: match text("/tools/user_after_tool") {
                "merge" => UserAfterTool::Merge,
                "assistant" => UserAfterTool::Assistant,
                _ => UserAfterTool::Leave,
            },
            tool_name: is("/tools/tool_name"),
            empty_result: Some(text("/tools/empty_result").to_string()).filter(|s| !s.is_empty()),
            ids,
            names: find("/tools/names")
                .and_then(Json::as_object)
                .map(|_| NameForm {
                    max: number("/tools/names/max").unwrap_or(64),
                    chars: text("/tools/names/chars").to_string(),
                    first: text("/tools/names/first").to_string(),
                }),
            schema: Schema {
                drop: list("/tools/schema/drop").unwrap_or_default(),
                inline_refs: is("/tools/schema/inline_refs"),
                nullable: is("/tools/schema/nullable"),
                const_as_enum: is("/tools/schema/const_as_enum"),
                drop_empty_additional: text("/tools/schema/empty_additional") == "drop",
                drop_type_beside_any_of: text("/tools/schema/any_of_beside_type") == "drop_type",
                any_of: match text("/tools/schema/any_of") {
                    "alone" => AnyOf::Alone,
                    "first" => AnyOf::First,
                    _ => AnyOf::Leave,
                },
                strict_needs_required: is("/tools/schema/strict_needs_required"),
                complete: is("/tools/schema/complete"),
            },
        }
    }

    /// Whether something about the list of tools matters.
    pub fn reads_tools(&self) -> bool {
        self.schema != Schema::default() || self.names.is_some()
    }

    /// Whether something about calls and results in the history matters.
    fn reads_calls(&self) -> bool {
        self.arguments
            || self.orphans != Orphans::Leave
            || self.unanswered != Unanswered::Leave
            || self.drop_empty_calls
            || self.drop_empty_assistant
            || self.user_after_tool != UserAfterTool::Leave
            || self.tool_name
            || self.content_null.is_some()
            || self.empty_result.is_some()
            || self.ids != Ids::Any
            || self.names.is_some()
    }

    pub fn reads_messages(&self) -> bool {
        self.reads_calls()
            || self.content_string
            || self.one_system
            || !self.drop_in_parts.is_empty()
            || !self.roles.is_empty()
    }

    /// What a request must hold to be looked at.
    pub fn signs(&self) -> Interest {
        let mut signs: Vec<String> = Vec::new();
        let mut add = |wanted: bool, more: &[&str]| {
            if wanted {
                signs.extend(more.iter().map(ToString::to_string));
            }
        };
        add(self.reads_tools(), &TOOLS);
        add(self.choice.is_some() || self.names.is_some(), &CHOICE);
        add(self.reads_calls(), &CALLS);
        add(self.drop_empty_assistant, &EMPTY);
        add(self.content_string, &PARTS);
        add(self.one_system, &SYSTEM);
        let quoted = |name: &String| alloc::format!("\"{name}\"");
        signs.extend(self.roles.iter().map(|(from, _)| quoted(from)));
        signs.extend(self.drop.iter().chain(&self.drop_in_parts).map(quoted));
        signs.sort_unstable();
        signs.dedup();
        match signs.len() {
            0 => Interest::None,
            1..=64 => Interest::AnyOf(signs),
            _ => Interest::All,
        }
    }
}

/// What the configuration says at a path. Null on the way says null of all below.
fn said<'c>(config: &'c Json<'_>, path: &str) -> Option<&'c Json<'c>> {
    let mut place = config;
    for name in path.split('/').skip(1) {
        place = place.get(name)?;
        if place.is_null() {
            break;
        }
    }
    Some(place)
}
