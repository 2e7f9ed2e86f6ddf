//! A backend that costs as little as possible: raw sockets on one thread, answers made in
//! advance. The first segment of the path says how it answers, so that one instance
//! serves every side of a comparison.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::payload;

/// How the backend answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole answer of 1 KB.
    Whole,
    /// 200 events, one in each write, a millisecond apart.
    Paced,
    /// 200 events as fast as they go, 16 in each write.
    Burst,
    /// Three events without a gap: for the time to the first one.
    Short,
    /// Two events, then one every second until the client leaves.
    Open,
}

impl Kind {
    pub const ALL: [Kind; 5] = [
        Kind::Whole,
        Kind::Paced,
        Kind::Burst,
        Kind::Short,
        Kind::Open,
    ];

    /// The segment of the path, and the name of the model at a proxy that routes by model.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Whole => "whole",
            Kind::Paced => "paced",
            Kind::Burst => "burst",
            Kind::Short => "short",
            Kind::Open => "open",
        }
    }

    pub fn streams(self) -> bool {
        self != Kind::Whole
    }

    fn of_path(path: &str) -> Option<Kind> {
        let segment = path.trim_start_matches('/').split('/').next()?;
        Kind::ALL.into_iter().find(|kind| kind.name() == segment)
    }
}

const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";

/// Everything that is ever sent, cut into the writes that send it.
struct Script {
    whole: Vec<u8>,
    paced: Vec<Vec<u8>>,
    burst: Vec<Vec<u8>>,
    short: Vec<Vec<u8>>,
    event: Vec<u8>,
}

impl Script {
    fn new() -> Self {
        let body = payload::whole_answer();
        let whole = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let events: Vec<String> = (0..payload::EVENTS).map(payload::event).collect();
        let last = events.len() - 1;
        let short = [&events[0], &events[1], &events[last]].map(String::clone);
        Self {
            whole: whole.into_bytes(),
            paced: writes(&events, 1),
            burst: writes(&events, payload::BURST),
            short: writes(&short, 1),
            event: chunk(&events[1]).into_bytes(),
        }
    }
}

/// Each event is an HTTP chunk of its own, as inference servers send them; `per_write` of
/// them share a write. The head goes with the first, the end with the last.
fn writes(events: &[String], per_write: usize) -> Vec<Vec<u8>> {
    let mut writes: Vec<String> = events
        .chunks(per_write)
        .map(|group| group.iter().map(|e| chunk(e)).collect())
        .collect();
    writes[0].insert_str(0, STREAM_HEAD);
    let last = writes.len() - 1;
    writes[last] += &chunk(payload::DONE);
    writes[last] += "0\r\n\r\n";
    writes.into_iter().map(String::into_bytes).collect()
}

fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

/// Serves until the task is dropped. Must run on a `LocalSet`.
pub async fn serve(listener: TcpListener) -> Result<()> {
    let script: &'static Script = Box::leak(Box::new(Script::new()));
    loop {
        let (socket, _) = listener.accept().await.context("accept")?;
        socket.set_nodelay(true).context("nodelay")?;
        tokio::task::spawn_local(async move {
            // A client that leaves is the normal end of a connection.
            let _ = connection(socket, script).await;
        });
    }
}

async fn connection(mut socket: TcpStream, script: &Script) -> Result<()> {
    let mut buffer = vec![0; 128 << 10];
    let mut filled = 0;
    loop {
        let head = loop {
            if let Some(head) = Head::parse(&buffer[..filled])? {
                break head;
            }
            filled += read(&mut socket, &mut buffer[filled..]).await?;
        };
        let mut due = (head.length + head.body).saturating_sub(filled);
        // Nothing is pipelined: what follows the head is its body.
        while due > 0 {
            due = due.saturating_sub(read(&mut socket, &mut buffer).await?);
        }
        filled = 0;
        match head.kind {
            Kind::Whole => socket.write_all(&script.whole).await?,
            Kind::Paced => paced(&mut socket, &script.paced).await?,
            Kind::Burst => at_once(&mut socket, &script.burst).await?,
            Kind::Short => at_once(&mut socket, &script.short).await?,
            Kind::Open => open(&mut socket, script).await?,
        }
    }
}

async fn read(socket: &mut TcpStream, buffer: &mut [u8]) -> Result<usize> {
    match socket.read(buffer).await? {
        0 => bail!("closed"),
        n => Ok(n),
    }
}

async fn paced(socket: &mut TcpStream, writes: &[Vec<u8>]) -> Result<()> {
    for write in writes {
        socket.write_all(write).await?;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn at_once(socket: &mut TcpStream, writes: &[Vec<u8>]) -> Result<()> {
    for write in writes {
        socket.write_all(write).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn open(socket: &mut TcpStream, script: &Script) -> Result<()> {
    socket.write_all(&script.paced[0]).await?;
    let mut nothing = [0];
    loop {
        socket.write_all(&script.event).await?;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = socket.read(&mut nothing) => bail!("closed"),
        }
    }
}

struct Head {
    kind: Kind,
    /// Bytes of the head itself.
    length: usize,
    /// Bytes of the body after it.
    body: usize,
}

impl Head {
    fn parse(bytes: &[u8]) -> Result<Option<Head>> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(length) = request.parse(bytes)? else {
            return Ok(None);
        };
        let path = request.path.unwrap_or_default();
        let kind = Kind::of_path(path).with_context(|| format!("path {path}"))?;
        let body = request
            .headers
            .iter()
            .find(|h| h.name.eq_ignore_ascii_case("content-length"))
            .and_then(|h| std::str::from_utf8(h.value).ok()?.parse().ok())
            .context("the mock backend needs a content-length")?;
        Ok(Some(Head { kind, length, body }))
    }
}
