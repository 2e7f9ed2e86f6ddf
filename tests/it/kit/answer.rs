//! What a [`super::Backend`] does with one request, step by step.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::WriteHalf;
use tokio::sync::Semaphore;

/// Opens once, for everyone who waits or will wait at it.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub fn open(&self) {
        self.0.close();
    }

    async fn wait(&self) {
        // Closed is open: nobody ever gets a permit.
        let _ = self.0.acquire().await;
    }
}

/// What the backend does with one request.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    framing: Framing,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Framing {
    /// `transfer-encoding: chunked`, one chunk for each step.
    Chunked,
    /// `content-length` of all bytes of all steps.
    Length,
    /// Neither: the end of the connection is the end of the answer.
    Close,
    /// No head either: the steps are all that is written.
    Raw,
}

#[derive(Debug, Clone)]
enum Step {
    Bytes(Vec<u8>),
    Pause(Duration),
    Gate(Gate),
    /// Flush the head before the first byte of the body.
    Head,
    HangUp,
    Reset,
    Stall,
}

impl Answer {
    /// An empty answer of this status. Add a body with `body` or `event`.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            framing: Framing::Length,
            steps: Vec::new(),
        }
    }

    /// 200 with a JSON body.
    pub fn json(body: Value) -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// A whole chat completion that says `content`.
    pub fn chat(content: &str) -> Self {
        Self::json(json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        }))
    }

    /// An OpenAI-shaped error.
    pub fn error(status: u16, message: &str) -> Self {
        Self::json(json!({"error": {"message": message, "type": "x", "param": null, "code": null}}))
            .with_status(status)
    }

    /// A stream of events, chunked. End it with `done` (or not).
    pub fn sse() -> Self {
        let mut answer = Self::status(200).header("content-type", "text/event-stream");
        answer.framing = Framing::Chunked;
        answer
    }

    /// A complete stream that says these pieces of text.
    pub fn chat_stream(pieces: &[&str]) -> Self {
        let mut answer = Self::sse().role();
        for piece in pieces {
            answer = answer.delta(piece);
        }
        answer.finish("stop").done()
    }

    /// A complete stream of two pieces of text, the second behind a gate.
    pub fn chat_held(first: &str, gate: &Gate, second: &str) -> Self {
        let begun = Self::sse().delta(first).gate(gate);
        begun.delta(second).finish("stop").done()
    }

    /// These bytes and nothing else, without any HTTP.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        let mut answer = Self::status(200).raw(bytes);
        answer.framing = Framing::Raw;
        answer.hang_up()
    }

    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        self.raw(body)
    }

    /// One write of exactly these bytes (inside the framing).
    pub fn raw(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Bytes(bytes.into()));
        self
    }

    /// `data: JSON`, one write.
    pub fn event(self, data: Value) -> Self {
        self.raw(format!("data: {data}\n\n"))
    }

    /// A `chat.completion.chunk` with this delta.
    pub fn chunk(self, delta: Value, finish_reason: Option<&str>) -> Self {
        self.event(json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        }))
    }

    pub fn role(self) -> Self {
        self.chunk(json!({"role": "assistant", "content": ""}), None)
    }

    pub fn delta(self, content: &str) -> Self {
        self.chunk(json!({"content": content}), None)
    }

    pub fn finish(self, reason: &str) -> Self {
        self.chunk(json!({}), Some(reason))
    }

    pub fn comment(self, text: &str) -> Self {
        self.raw(format!(": {text}\n\n"))
    }

    /// `data: [DONE]`.
    pub fn done(self) -> Self {
        self.raw("data: [DONE]\n\n")
    }

    /// Say nothing for this long. Prefer `gate`, unless time is what the test is about.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.steps.push(Step::Pause(pause));
        self
    }

    /// Wait for the test.
    pub fn gate(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Gate(gate.clone()));
        self
    }

    /// Send the head now, before what follows.
    pub fn flush_head(mut self) -> Self {
        self.steps.push(Step::Head);
        self
    }

    /// Close in order (FIN), with the answer incomplete.
    pub fn hang_up(mut self) -> Self {
        self.steps.push(Step::HangUp);
        self
    }

    /// Close with RST.
    pub fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Say nothing more, for ever, and keep the connection open.
    pub fn stall(mut self) -> Self {
        self.steps.push(Step::Stall);
        self
    }

    pub fn chunked(mut self) -> Self {
        self.framing = Framing::Chunked;
        self
    }

    /// The end of the connection is the end of the answer.
    pub fn until_close(mut self) -> Self {
        self.framing = Framing::Close;
        self
    }

    /// Cut every write into pieces of `size` bytes, each its own write.
    pub fn cut(mut self, size: usize) -> Self {
        let cut = |step: Step| match step {
            Step::Bytes(bytes) => bytes.chunks(size).map(|b| Step::Bytes(b.into())).collect(),
            other => vec![other],
        };
        self.steps = self.steps.into_iter().flat_map(cut).collect();
        self
    }

    fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        match self.framing {
            Framing::Chunked => head += "transfer-encoding: chunked\r\n",
            Framing::Length => {
                let length: usize = self.steps.iter().map(Step::len).sum();
                head += &format!("content-length: {length}\r\n");
            }
            Framing::Close => head += "connection: close\r\n",
            Framing::Raw => return Vec::new(),
        }
        head += "\r\n";
        head.into_bytes()
    }

    async fn play(&self, writer: &mut WriteHalf<'_>) -> std::io::Result<Played> {
        let mut out = self.head();
        for step in &self.steps {
            match step {
                Step::Bytes(bytes) if self.framing == Framing::Chunked => {
                    out.extend(format!("{:x}\r\n", bytes.len()).bytes());
                    out.extend(bytes);
                    out.extend(b"\r\n");
                    flush(writer, &mut out).await?;
                }
                Step::Bytes(bytes) => {
                    out.extend(bytes);
                    flush(writer, &mut out).await?;
                }
                Step::Head => flush(writer, &mut out).await?,
                Step::Pause(pause) => tokio::time::sleep(*pause).await,
                Step::Gate(gate) => gate.wait().await,
                Step::Stall => std::future::pending().await,
                Step::HangUp => {
                    flush(writer, &mut out).await?;
                    writer.shutdown().await?;
                    return Ok(Played::Cut);
                }
                Step::Reset => {
                    flush(writer, &mut out).await?;
                    writer.as_ref().set_zero_linger()?;
                    return Ok(Played::Cut);
                }
            }
        }
        if self.framing == Framing::Chunked {
            out.extend(b"0\r\n\r\n");
        }
        flush(writer, &mut out).await?;
        Ok(match self.framing {
            Framing::Chunked | Framing::Length => Played::Complete,
            Framing::Close | Framing::Raw => Played::Cut,
        })
    }
}

impl Step {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

async fn flush(writer: &mut WriteHalf<'_>, out: &mut Vec<u8>) -> std::io::Result<()> {
    writer.write_all(out).await?;
    out.clear();
    Ok(())
}

pub(super) enum Played {
    /// The connection can be used again.
    Complete,
    Cut,
    ClientLeft,
}

/// Play, and notice at once when the other side goes away. What it sends goes to `buffer`.
pub(super) async fn play_watched(
    answer: &Answer,
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> Played {
    let (mut reader, mut writer) = stream.split();
    let mut bytes = [0; 1024];
    let play = answer.play(&mut writer);
    tokio::pin!(play);
    loop {
        tokio::select! {
            biased;
            played = &mut play => return played.unwrap_or(Played::ClientLeft),
            read = reader.read(&mut bytes) => match read {
                Ok(n) if n > 0 => buffer.extend(&bytes[..n]),
                _ => return Played::ClientLeft,
            },
        }
    }
}
