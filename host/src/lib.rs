//! The proxy as a program: everything that touches sockets, files and the terminal. What an
//! exchange is and does is in `yallmp-core`, what a plugin is in `yallmp-wasm`.

mod api;
mod assembly;
pub mod cli;
pub mod config_file;
pub mod metrics;
pub mod mock;
mod otlp;
mod plain;
mod registry;
pub mod replay;
mod review;
mod serve;
mod server;
mod shipped;
mod telemetry;
pub mod upstream;
mod workers;
