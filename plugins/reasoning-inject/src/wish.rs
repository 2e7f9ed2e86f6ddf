//! What is wanted, in no backend's words.

/// How much, from little to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    Minimal,
    Low,
    Medium,
    High,
    XHigh,
    Max,
}

/// The words of all backends, in order.
const WORDS: [(&str, Effort); 6] = [
    ("minimal", Effort::Minimal),
    ("low", Effort::Low),
    ("medium", Effort::Medium),
    ("high", Effort::High),
    ("xhigh", Effort::XHigh),
    ("max", Effort::Max),
];

impl Effort {
    pub fn of(word: &str) -> Option<Self> {
        let known = WORDS.iter().find(|(known, _)| *known == word);
        known.map(|(_, effort)| *effort)
    }

    pub fn word(self) -> &'static str {
        WORDS[self as usize].0
    }
}

/// Tokens that an effort stands for, where a backend wants a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgets(pub [u64; 6]);

impl Default for Budgets {
    fn default() -> Self {
        Budgets([1024, 2048, 8192, 16384, 32768, 32768])
    }
}

impl Budgets {
    pub fn of(&self, effort: Effort) -> u64 {
        self.0[effort as usize]
    }

    /// The most that a budget is enough for.
    pub fn effort(&self, budget: u64) -> Effort {
        let mut enough = WORDS.iter().rev().map(|(_, effort)| *effort);
        let effort = enough.find(|effort| self.of(*effort) <= budget);
        // The last two stand for the same number: the lower one is understood by more.
        match effort.unwrap_or(Effort::Minimal) {
            Effort::Max if self.of(Effort::XHigh) == self.of(Effort::Max) => Effort::XHigh,
            effort => effort,
        }
    }
}

/// `on` with nothing else is what the backend finds right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    pub on: bool,
    pub effort: Option<Effort>,
    /// Tokens.
    pub budget: Option<u64>,
}

impl Wish {
    pub const ON: Wish = Wish {
        on: true,
        effort: None,
        budget: None,
    };
    pub const OFF: Wish = Wish {
        on: false,
        ..Self::ON
    };
    /// As near to off as a model comes that cannot stop.
    pub const LEAST: Wish = Wish {
        effort: Some(Effort::Minimal),
        ..Self::ON
    };
}
