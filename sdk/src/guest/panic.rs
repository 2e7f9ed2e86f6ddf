use alloc::string::ToString;
use core::panic::PanicInfo;

use crate::host::{Level, log};

/// A plugin without std panics: the message goes to the log, and the instance is dead.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    log(Level::Error, &info.to_string());
    core::arch::wasm32::unreachable()
}
