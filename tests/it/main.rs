//! Black-box tests: the built binary, real sockets on the loopback device, a scripted
//! backend. One file for each thing that a user would notice. How to write one: `kit`.

mod kit;

mod admin;
mod commands;
mod connections;
mod edge;
mod empty_answers;
mod inspect_api;
mod limits;
mod logs;
mod logs_show;
mod metrics;
mod mock;
mod otlp;
mod plugins;
mod prompt_cache;
mod reasoning_keep;
mod replay;
mod request_log;
mod responses;
mod routing;
mod rules;
mod start;
#[cfg(unix)]
mod stop;
mod stream_only;
mod streams;
