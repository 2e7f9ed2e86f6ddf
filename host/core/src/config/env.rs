//! The environment, as far as a configuration may ask it.

use std::collections::{BTreeMap, HashMap};

/// Where variables come from. The process environment lives in `yallmp`; tests use a map.
pub trait Env {
    fn get(&self, name: &str) -> Option<String>;
}

impl Env for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        BTreeMap::get(self, name).cloned()
    }
}

impl Env for HashMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        HashMap::get(self, name).cloned()
    }
}
