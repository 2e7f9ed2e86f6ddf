//! A wish into the members of a request.

use alloc::string::ToString;
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::body::{Blocked, Body};
use crate::dialects::{CONFIG, CONFIG_LEVEL, Config, Field, Value, When};
use crate::facts::Facts;
use crate::said::CONTROLS;
use crate::settings::Settings;
use crate::wish::{Effort, Wish};

/// The least that Anthropic takes, and what an answer should have left.
const LEAST: u64 = 1024;

/// Why reasoning could not be set; for the log.
pub type Refused = &'static str;

impl From<Blocked> for Refused {
    fn from(_: Blocked) -> Self {
        "reasoning is not set: the request has no object where it belongs"
    }
}

/// All that a wish is translated with.
#[derive(Clone, Copy)]
pub struct Writer<'w> {
    pub settings: &'w Settings,
    pub facts: &'w Facts,
    pub wish: Wish,
}

impl Writer<'_> {
    /// Sets the fields that hold, takes out those of this dialect that do not, and what the
    /// client said in other words. A request that says it already is left alone.
    pub fn write(&self, on: &[Field], off: &[Field], body: &mut Body) -> Result<(), Refused> {
        let fields = if self.wish.on { on } else { off };
        let mut values = Vec::new();
        for field in fields {
            if self.holds(&field.when, body) {
                values.push((field.path, self.value(field.path, &field.value, body)?));
            }
        }
        let owned = |path: &[&str]| on.iter().chain(off).any(|field| field.path == path);
        let written = |path: &[&str]| values.iter().any(|(written, _)| *written == path);
        // The backend's own too, where it stands apart from what is wanted and says something else.
        let beside = |path: &[&str]| values.iter().all(|(written, _)| written[0] != path[0]);
        let foreign = CONTROLS.iter().any(|it| {
            let apart = !written(it.path) && beside(it.path);
            body.get(it.path)
                .is_some_and(|value| !owned(it.path) || apart && !it.goes_with(value, self.wish.on))
        });
        let said = values
            .iter()
            .all(|(path, value)| body.get(path) == Some(value));
        if said && !foreign && !values.is_empty() {
            return Ok(());
        }
        for (path, value) in &values {
            body.set(path, value.clone())?;
        }
        for control in CONTROLS.iter().filter(|control| !written(control.path)) {
            body.remove(control.path);
        }
        for top in ["thinking", "reasoning"] {
            if !on.iter().chain(off).any(|field| field.path[0] == top) {
                body.remove(&[top]);
            }
        }
        Ok(())
    }

    fn holds(&self, when: &When, body: &mut Body) -> bool {
        let (effort, budget) = (self.wish.effort.is_some(), self.wish.budget.is_some());
        let depth = effort || budget;
        match when {
            When::Always => true,
            When::Depth => depth,
            When::NoDepth => !depth,
            When::DepthIfTaken => depth && (self.facts.efforts.is_some() || !self.facts.known),
            When::Budget => budget,
            When::NoBudget => !budget,
            When::EffortAlone => effort && !budget,
            When::Kwarg(name) => self.facts.has_kwarg(name),
            When::Config(config) => {
                let present = budget || body.get(CONFIG).is_some();
                let says_level = body.get(CONFIG_LEVEL).is_some();
                let level = !budget && (says_level || self.facts.efforts.is_some());
                match config {
                    Config::Absent => !present,
                    Config::Present => present,
                    Config::Level => present && level,
                    Config::Budget => present && !level,
                }
            }
            When::EffortKwarg => effort && (self.facts.effort_kwarg || !self.facts.known),
        }
    }

    fn value(
        &self,
        path: &[&str],
        value: &Value,
        body: &mut Body,
    ) -> Result<Json<'static>, Refused> {
        Ok(match value {
            Value::Flag(flag) => (*flag).into(),
            Value::Text(text) => (*text).into(),
            Value::KeptOr(other) => match body.get(path) {
                Some(value) => value.clone(),
                None => self.value(path, other, body)?,
            },
            Value::Effort(default) => self.effort_or(default).to_string().into(),
            Value::Off => self.facts.off_word().to_string().into(),
            Value::Budget => self.budget().into(),
            Value::BudgetWithin => self.within_max_tokens(body)?.into(),
        })
    }

    /// The model's word for the depth that is wanted.
    pub fn effort_or(&self, default: &str) -> &str {
        let from_budget = || Some(self.settings.budgets.effort(self.wish.budget?));
        let effort = self
            .wish
            .effort
            .or_else(from_budget)
            .or_else(|| Effort::of(default));
        // A default that is no word of the scale is the backend's own.
        effort.map_or("default", |effort| self.facts.word(effort))
    }

    fn budget(&self) -> u64 {
        let of = |effort| self.settings.budgets.of(effort);
        let effort = self.wish.effort.unwrap_or(Effort::Medium);
        self.wish.budget.unwrap_or_else(|| of(effort))
    }

    fn within_max_tokens(&self, body: &mut Body) -> Result<u64, Refused> {
        let budget = self.budget().max(LEAST);
        for name in ["max_completion_tokens", "max_tokens"] {
            let Some(limit) = body.get(&[name]).and_then(Json::as_u64) else {
                continue;
            };
            if budget < limit {
                return Ok(budget);
            }
            if self.facts.raise_max_tokens {
                body.set(&[name], (budget + limit).into())?;
                return Ok(budget);
            }
            return limit
                .checked_sub(LEAST)
                .filter(|budget| *budget >= LEAST)
                .ok_or("reasoning is not switched on: `max_tokens` leaves no room for it");
        }
        Ok(budget)
    }
}
