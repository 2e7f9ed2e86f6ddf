//! An HTTP/1.1 client that does no more than it must, so that it is not what is measured.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::Answer;

/// A request ready to be sent again and again.
#[derive(Debug, Clone)]
pub struct Request {
    pub address: SocketAddr,
    bytes: Vec<u8>,
}

impl Request {
    pub fn post(address: SocketAddr, path: &str, body: &str) -> Self {
        let length = body.len();
        let bytes = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: bench\r\naccept: */*\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        Self {
            address,
            bytes: bytes.into_bytes(),
        }
    }
}

/// One keep-alive connection.
pub struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let socket = TcpStream::connect(address)
            .await
            .with_context(|| format!("connect to {address}"))?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            buffer: vec![0; 64 << 10],
        })
    }

    pub async fn send(&mut self, request: &Request) -> Result<()> {
        Ok(self.socket.write_all(&request.bytes).await?)
    }

    /// Reads an answer to its end and calls `progress` after each read.
    pub async fn receive(&mut self, mut progress: impl FnMut(&Answer)) -> Result<Answer> {
        let mut answer = Answer::default();
        while !answer.is_complete() {
            self.read(&mut answer).await?;
            progress(&answer);
        }
        ensure!(
            answer.status == 200,
            "status {}: {}",
            answer.status,
            answer.excerpt()
        );
        Ok(answer)
    }

    /// Reads until the event with the first content is there, and leaves the stream open.
    pub async fn receive_first(&mut self) -> Result<Answer> {
        let mut answer = Answer::default();
        while answer.first_content.is_none() {
            ensure!(
                !answer.is_complete(),
                "no content, status {}: {}",
                answer.status,
                answer.excerpt()
            );
            self.read(&mut answer).await?;
        }
        Ok(answer)
    }

    async fn read(&mut self, answer: &mut Answer) -> Result<()> {
        let n = self.socket.read(&mut self.buffer).await?;
        if n == 0 {
            bail!(
                "connection closed inside an answer (status {}): {}",
                answer.status,
                answer.excerpt()
            );
        }
        answer.feed(&self.buffer[..n], Instant::now)
    }
}
