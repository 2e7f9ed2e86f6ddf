mod cases;
mod conversations;

use std::format;
use std::string::{String, ToString};

use yallmp_sdk::testkit::Kit;

use crate::StablePrefix;

fn kit(config: &str) -> Kit<StablePrefix> {
    Kit::new().config(config)
}

/// A message as JSON text.
fn message(role: &str, content: &str) -> String {
    let content = yallmp_sdk::Json::from(content.to_string());
    format!(r#"{{"role":"{role}","content":{content}}}"#)
}
