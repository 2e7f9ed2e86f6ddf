//! Services of the host.

use crate::imports;

use crate::Interest;
pub use crate::bindings::yallmp::patch::host::Level;

/// Writes a line to the proxy's log and to the log of the exchange.
pub fn log(level: Level, message: &str) {
    imports::host::log(level, message);
}

/// Replaces, for the rest of this answer, the interest in events that `plan` declared.
pub fn listen(response: &Interest) {
    imports::host::listen(response);
}
