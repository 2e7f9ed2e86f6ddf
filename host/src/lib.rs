//! The proxy's edges: sockets, files, the command line.

pub mod record;
pub mod upstream;
