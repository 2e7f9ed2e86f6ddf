//! The proxy's edges: sockets, files, the command line.

pub mod cli {
    pub mod replay;
}
pub mod record;
pub mod upstream;
