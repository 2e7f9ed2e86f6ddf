//! Parts that run as processes of their own, so that each one's CPU time is known.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use clap::Subcommand;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::task::LocalSet;

use crate::{pass_axum, pass_hyper, pass_tcp, upstream};

#[derive(Debug, Subcommand)]
pub enum Part {
    Upstream,
    Tcp { upstream: SocketAddr },
    Hyper { upstream: SocketAddr },
    Axum { upstream: SocketAddr },
}

impl Part {
    /// Serves until standard input ends, which it does with the process that started this one.
    pub fn serve(self) -> Result<()> {
        std::thread::spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0);
        });
        match self {
            Part::Upstream => runtime()?.block_on(
                LocalSet::new().run_until(async { upstream::serve(listen().await?).await }),
            ),
            Part::Tcp { upstream } => {
                runtime()?.block_on(async { pass_tcp::serve(listen().await?, upstream).await })
            }
            Part::Hyper { upstream } => runtime::Runtime::new()?
                .block_on(async { pass_hyper::serve(listen().await?, upstream).await }),
            Part::Axum { upstream } => runtime::Runtime::new()?
                .block_on(async { pass_axum::serve(listen().await?, upstream).await }),
        }
    }
}

fn runtime() -> std::io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// Says on standard output where it listens.
async fn listen() -> Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    Ok(listener)
}
