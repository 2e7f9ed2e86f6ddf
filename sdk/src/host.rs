//! Services of the host.

use crate::imports;

use crate::Interest;
pub use crate::bindings::yallmp::patch::host::Level;

/// Writes a line to the proxy's log and to the log of the exchange.
pub fn log(level: Level, message: &str) {
    imports::host::log(level, message);
}

/// Says one fact about what the plugin did, such as `("restored", "3")`: for the log of the
/// exchange and, when it is said before the head of the answer goes out, for the client, in the
/// header `x-yallmp-<plugin>: name=value, …`. Never text of the conversation.
pub fn note(name: &str, value: &str) {
    imports::host::note(name, value);
}

/// Replaces, for the rest of this answer, the interest in events that `plan` declared.
pub fn listen(response: &Interest) {
    imports::host::listen(response);
}
