//! Each file in `tests/cases` is a case: sections that begin with `--- NAME`. `config` and an
//! input (`request`, `response`, or `events`, one a line), then `expect`; `facts` sets what the
//! rules ask about the exchange. An expectation that is missing means: byte for byte as it came.

mod cases;
mod plan;
mod properties;

use yallmp_sdk::testkit::Kit;

use crate::Rules;

fn kit(config: &str) -> Kit<Rules> {
    Kit::new().config(config)
}
