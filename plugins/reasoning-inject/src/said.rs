//! What the client said about reasoning, in the words of any backend.

use yallmp_sdk::Json;

use crate::body::Body;
use crate::wish::{Effort, Wish};

pub enum Said {
    Nothing,
    /// Something that is not understood, and better left alone.
    Unclear,
    Wish(Wish),
}

/// Where a control stands, and what its value means.
pub struct Control {
    pub path: &'static [&'static str],
    means: fn(&Json<'_>) -> Meaning,
}

impl Control {
    /// Whether the value may stand beside other words for this: it says no more than `on` does, or is a member
    /// of its own about what is shown.
    pub fn goes_with(&self, value: &Json<'_>, on: bool) -> bool {
        match (self.means)(value) {
            Meaning::Nothing => self.path.len() == 1,
            Meaning::On => on,
            Meaning::Off => !on,
            Meaning::Unclear | Meaning::Effort(_) | Meaning::Budget(_) => false,
        }
    }
}

enum Meaning {
    /// It is about what is shown, not about whether to think.
    Nothing,
    Unclear,
    On,
    Off,
    Effort(Effort),
    Budget(u64),
}

const fn control(path: &'static [&'static str], means: fn(&Json<'_>) -> Meaning) -> Control {
    Control { path, means }
}

/// SDKs put under `extra_body` what they do not know; some clients send it as it is.
macro_rules! controls {
    ($([$($name:literal),+] => $means:expr),+ $(,)?) => {
        &[
            $(control(&[$($name),+], $means),)+
            $(control(&["extra_body", $($name),+], $means),)+
        ]
    };
}

pub const CONTROLS: &[Control] = controls![
    ["reasoning_effort"] => effort,
    ["reasoning", "effort"] => effort,
    ["reasoning", "enabled"] => flag,
    ["reasoning", "max_tokens"] => budget,
    ["thinking", "type"] => kind,
    ["thinking", "budget_tokens"] => budget,
    ["output_config", "effort"] => effort,
    ["enable_thinking"] => flag,
    ["enable_reasoning"] => flag,
    ["thinking_budget"] => budget,
    ["thinking_token_budget"] => budget,
    ["thinking_budget_tokens"] => budget,
    ["chat_template_kwargs", "enable_thinking"] => flag,
    ["chat_template_kwargs", "thinking"] => flag,
    ["chat_template_kwargs", "reasoning_effort"] => effort,
    ["chat_template_kwargs", "thinking_budget"] => budget,
    ["google", "thinking_config", "thinking_budget"] => budget,
    ["google", "thinking_config", "thinking_level"] => effort,
    ["google", "thinking_config", "include_thoughts"] => shown,
    ["google", "thinkingConfig"] => unclear,
    ["include_reasoning"] => shown,
    ["reasoning_format"] => shown,
    ["reasoning_split"] => shown,
    ["disable_reasoning"] => not_flag,
    ["think"] => think,
    ["prompt_mode"] => mode,
];

/// The names that wake this plugin. In a body with none of these nothing was said.
pub const NAMES: [&str; 19] = [
    "\"reasoning_effort\"",
    "\"reasoning\"",
    "\"thinking\"",
    "\"effort\"",
    "\"enable_thinking\"",
    "\"enable_reasoning\"",
    "\"thinking_budget\"",
    "\"thinking_token_budget\"",
    "\"thinking_budget_tokens\"",
    "\"thinking_config\"",
    "\"include_reasoning\"",
    "\"reasoning_format\"",
    "\"reasoning_split\"",
    "\"disable_reasoning\"",
    "\"think\"",
    "\"prompt_mode\"",
    "\"clear_thinking\"",
    "\"preserve_thinking\"",
    "\"reasoning_history\"",
];

/// Those that nearly all clients use: enough to say that nothing can be done for them, and few,
/// because each costs a look at all requests to backends that nobody knows.
pub const USUAL: [&str; 2] = ["\"reasoning_effort\"", "thinking\""];

/// Of `thinking`.
const MEMBERS: [&str; 4] = ["type", "budget_tokens", "clear_thinking", "keep"];

/// Words in prompts are not looked for here: that would cost a look at every message.
pub fn read(body: &mut Body) -> Said {
    let (mut on, mut off, mut unclear) = (false, false, false);
    let mut wish = Wish::ON;
    for control in CONTROLS {
        let Some(value) = body.get(control.path) else {
            continue;
        };
        match (control.means)(value) {
            Meaning::Nothing => continue,
            Meaning::Unclear => unclear = true,
            Meaning::On => on = true,
            Meaning::Off => off = true,
            Meaning::Effort(effort) => {
                on = true;
                wish.effort.get_or_insert(effort);
            }
            Meaning::Budget(budget) => {
                on = true;
                wish.budget.get_or_insert(budget);
            }
        }
    }
    // An object that holds none of its members is a word all the same.
    let strange = |body: &mut Body, path: &[&str]| {
        let known = |value: &Json<'_>| MEMBERS.iter().any(|name| value.get(*name).is_some());
        body.get(path).is_some_and(|value| !known(value))
    };
    unclear |= strange(body, &["thinking"]) || strange(body, &["extra_body", "thinking"]);
    match (unclear, off, on) {
        (true, ..) => Said::Unclear,
        (_, true, _) => Said::Wish(Wish::OFF),
        (_, _, true) => Said::Wish(wish),
        _ => Said::Nothing,
    }
}

fn effort(value: &Json<'_>) -> Meaning {
    match value.as_str() {
        Some("none" | "off" | "disabled") => Meaning::Off,
        Some("default" | "auto") => Meaning::On,
        // DeepSeek's other name for it.
        Some("ultra") => Meaning::Effort(Effort::Max),
        Some(word) => {
            Effort::of(&word.to_ascii_lowercase()).map_or(Meaning::Unclear, Meaning::Effort)
        }
        None => budget(value),
    }
}

fn budget(value: &Json<'_>) -> Meaning {
    match (value.as_u64(), value.as_i64()) {
        (Some(0), _) => Meaning::Off,
        (Some(tokens), _) => Meaning::Budget(tokens),
        // Google's word for "as you think right".
        (_, Some(-1)) => Meaning::On,
        _ => Meaning::Unclear,
    }
}

fn flag(value: &Json<'_>) -> Meaning {
    match value.as_bool() {
        Some(true) => Meaning::On,
        Some(false) => Meaning::Off,
        None => Meaning::Unclear,
    }
}

fn not_flag(value: &Json<'_>) -> Meaning {
    match flag(value) {
        Meaning::On => Meaning::Off,
        Meaning::Off => Meaning::On,
        other => other,
    }
}

fn kind(value: &Json<'_>) -> Meaning {
    match value.as_str() {
        Some("enabled" | "adaptive" | "auto") => Meaning::On,
        Some("disabled") => Meaning::Off,
        _ => Meaning::Unclear,
    }
}

fn think(value: &Json<'_>) -> Meaning {
    match value {
        Json::String(_) => effort(value),
        _ => flag(value),
    }
}

fn mode(value: &Json<'_>) -> Meaning {
    match value.as_str() {
        Some("reasoning") => Meaning::On,
        _ => Meaning::Unclear,
    }
}

fn shown(_: &Json<'_>) -> Meaning {
    Meaning::Nothing
}

fn unclear(_: &Json<'_>) -> Meaning {
    Meaning::Unclear
}
