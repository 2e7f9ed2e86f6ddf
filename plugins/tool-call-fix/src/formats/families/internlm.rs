//! `InternLM` 2 and 2.5, Intern-S1:
//!
//! ```text
//! <|action_start|><|plugin|>
//! {"name": NAME, "parameters": {…}}
//! <|action_end|>
//! ```

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "internlm",
    aliases: &["interns1", "internlm2"],
    openers: &[
        Opener::new("<|action_start|><|plugin|>", json, json_calls!(WRAPPER)),
        Opener::new("<|action_start|> <|plugin|>", json, json_calls!(WRAPPER)),
    ],
    unmistakable: true,
};

static WRAPPER: Wrapper = Wrapper {
    open: &["<|action_start|><|plugin|>", "<|action_start|> <|plugin|>"],
    close: &["<|action_end|>"],
    end: &[],
    object: Kind::Named,
};
