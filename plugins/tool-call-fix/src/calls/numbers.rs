use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::ids;

/// What calls are told apart by in what goes out: indexes without gaps, ids without repetition.
pub struct Numbers {
    choice: u64,
    ids: Vec<String>,
}

impl Numbers {
    pub fn new(choice: u64) -> Self {
        Numbers {
            choice,
            ids: Vec::new(),
        }
    }

    pub fn choice(&self) -> u64 {
        self.choice
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Index and id of the next call. It keeps the id that it has, unless an earlier call has
    /// the same.
    pub fn next(&mut self, exchange: &str, wanted: Option<&str>) -> (u64, String) {
        let index = self.ids.len() as u64;
        let id = match wanted {
            None => ids::make(exchange, self.choice, index),
            Some(wanted) if self.ids.iter().any(|id| id == wanted) => format!("{wanted}_{index}"),
            Some(wanted) => wanted.to_string(),
        };
        self.ids.push(id.clone());
        (index, id)
    }
}
