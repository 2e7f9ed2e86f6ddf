//! The proxy without its edges: configuration, framing, chain, routing, retrying and the
//! orchestration of one exchange. Knows no sockets, no files and no wasm; the packages
//! `yallmp` and `yallmp-wasm` bring those through the traits [`upstream::Upstream`],
//! [`chain::Plugin`], [`tape::Sink`] and [`account::Observer`].

pub mod account;
mod alike;
pub mod body;
pub mod chain;
pub mod config;
pub mod connection;
pub mod dialect;
pub mod error;
pub mod exchange;
pub mod route;
pub mod sse;
pub mod tape;
pub mod upstream;
