//! The proxy's edges: sockets, files, the command line.

pub mod cli {
    pub mod check;
    pub mod replay;
}
pub mod config_file;
pub mod record;
pub mod upstream;
