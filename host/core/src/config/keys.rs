//! What becomes of the keys of a file.

/// What this program does with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Honoured,
    /// Read, but not exactly as LiteLLM reads it: how.
    Approximated(String),
    /// Has no effect: why.
    Ignored(String),
}

/// One key of a file, for the table of `yallmp check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// With `[]` for the entries of a list: `model_list[].litellm_params.api_base`.
    pub path: String,
    /// The line where it occurs first.
    pub line: u32,
    pub count: usize,
    pub fate: Fate,
}
