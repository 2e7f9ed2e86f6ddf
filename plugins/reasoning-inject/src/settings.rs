use alloc::format;

use yallmp_sdk::{Error, Json, Result};

use crate::dialects::{DIALECTS, Dialect};
use crate::wish::{Budgets, Effort, Wish};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Override {
    /// Only what the client said is translated.
    Never,
    /// The client's word beats the settings.
    IfAbsent,
    /// The settings beat the client's word.
    Always,
}

pub struct Settings {
    /// None: that of the profile.
    pub dialect: Option<&'static Dialect>,
    /// None: on for deployments with `supports_reasoning`.
    pub wish: Option<Wish>,
    pub over: Override,
    pub budgets: Budgets,
    /// The model is told what a `tool_choice` that it refuses wanted.
    pub choice_hint: Option<bool>,
}

impl Settings {
    /// `config` satisfies the schema; what is refused here is what it cannot say.
    pub fn read(config: &Json<'_>) -> Result<Self> {
        let text = |name: &str| config.get(name).and_then(Json::as_str);
        let dialect = match text("dialect") {
            None | Some("auto") => None,
            Some(id) => Some(
                Dialect::find(id)
                    .ok_or_else(|| Error::new("unknown-dialect", format!("no dialect `{id}`")))?,
            ),
        };
        let budget = config.get("budget").and_then(Json::as_u64);
        let mut wish = match config.get("reasoning") {
            // YAML's words for it may come as booleans.
            Some(Json::Bool(on)) => Some(if *on { Wish::ON } else { Wish::OFF }),
            Some(Json::String(word)) => Some(match word.as_str() {
                "off" => Wish::OFF,
                word => Wish {
                    effort: Effort::of(word),
                    ..Wish::ON
                },
            }),
            _ => None,
        };
        if budget.is_some() {
            let on = wish.get_or_insert(Wish::ON);
            if !on.on {
                let message = "`budget` and `reasoning: off` say opposite things";
                return Err(Error::new("contradiction", message));
            }
            on.budget = budget;
        }
        let mut budgets = Budgets::default();
        for (word, tokens) in config
            .get("budgets")
            .and_then(Json::as_object)
            .into_iter()
            .flat_map(|it| it.iter())
        {
            if let (Some(effort), Some(tokens)) = (Effort::of(word), tokens.as_u64()) {
                budgets.0[effort as usize] = tokens;
            }
        }
        Ok(Settings {
            dialect,
            wish,
            over: match text("override") {
                Some("never") => Override::Never,
                Some("always") => Override::Always,
                _ => Override::IfAbsent,
            },
            budgets,
            choice_hint: config.get("choice_hint").and_then(Json::as_bool),
        })
    }
}

impl Dialect {
    pub fn find(id: &str) -> Option<&'static Dialect> {
        DIALECTS.iter().find(|dialect| dialect.id == id)
    }
}
