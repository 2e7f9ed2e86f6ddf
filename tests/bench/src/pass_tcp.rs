//! The least a program on tokio can do: bytes from one socket to the other, whatever they
//! say. One thread for each processor, as yallmp has them.

use std::net::SocketAddr;
use std::thread;

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};

pub async fn serve(listener: TcpListener, upstream: SocketAddr) -> Result<()> {
    let threads = thread::available_parallelism()?.get();
    let workers = (0..threads).map(|_| worker()).collect::<Result<Vec<_>>>()?;
    for worker in workers.iter().cycle() {
        let (client, _) = listener.accept().await?;
        let client = client.into_std()?;
        worker.spawn(async move {
            // A client that leaves is the normal end of a connection.
            let _ = relay(TcpStream::from_std(client)?, upstream).await;
            std::io::Result::Ok(())
        });
    }
    Ok(())
}

fn worker() -> Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

async fn relay(mut client: TcpStream, upstream: SocketAddr) -> std::io::Result<()> {
    let mut backend = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    backend.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut backend).await?;
    Ok(())
}
