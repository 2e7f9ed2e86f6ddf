use alloc::format;
use alloc::string::{String, ToString};

use yallmp_sdk::{Error, Json, Result};

use crate::dialects::{DEFAULT, DIALECTS, Dialect, When};

/// Tokens that an effort stands for, where a backend wants a number.
const BUDGETS: [(&str, u64); 6] = [
    ("minimal", 1024),
    ("low", 2048),
    ("medium", 8192),
    ("high", 16384),
    ("xhigh", 32768),
    ("max", 32768),
];
const MEDIUM_BUDGET: u64 = 8192;

pub struct Settings {
    pub dialect: &'static Dialect,
    pub effort: Option<String>,
    /// Tokens.
    pub budget: Option<u64>,
}

impl Settings {
    /// `config` satisfies the schema; what is refused here is what it cannot say.
    pub fn read(config: &Json<'_>) -> Result<Self> {
        let text = |name: &str| config.get(name).and_then(Json::as_str);
        let id = text("dialect").unwrap_or(DEFAULT);
        let Some(dialect) = DIALECTS.iter().find(|dialect| dialect.id == id) else {
            return Err(Error::new("unknown-dialect", format!("no dialect `{id}`")));
        };
        let settings = Settings {
            dialect,
            effort: text("effort").map(ToString::to_string),
            budget: config.get("budget").and_then(Json::as_u64),
        };
        let useless = [
            (
                "effort",
                settings.effort.is_some() && !dialect.takes_effort(),
            ),
            (
                "budget",
                settings.budget.is_some() && !dialect.takes_budget(),
            ),
        ];
        match useless.into_iter().find(|(_, useless)| *useless) {
            Some((name, _)) => Err(Error::new(
                "no-such-knob",
                format!("the dialect `{id}` has no place for `{name}`; leave it out"),
            )),
            None => Ok(settings),
        }
    }

    pub fn holds(&self, when: &When) -> bool {
        let (effort, budget) = (self.effort.is_some(), self.budget.is_some());
        match when {
            When::Always => true,
            When::Effort => effort,
            When::NoEffort => !effort,
            When::Budget => budget,
            When::NoBudget => !budget,
            When::EffortAlone => effort && !budget,
            When::Neither => !effort && !budget,
        }
    }

    pub fn effort_or<'s>(&'s self, default: &'s str) -> &'s str {
        self.effort.as_deref().unwrap_or(default)
    }

    pub fn budget_tokens(&self) -> u64 {
        let effort = self.effort.as_deref();
        let stands_for = || BUDGETS.iter().find(|(name, _)| Some(*name) == effort);
        self.budget
            .or_else(|| stands_for().map(|(_, tokens)| *tokens))
            .unwrap_or(MEDIUM_BUDGET)
    }
}
