//! Framing of streams and reading of request bodies.

use std::hint::black_box;

use anyhow::{Result, ensure};
use bytes::Bytes;
use serde_json::Value;
use yallmp_core::body::RequestBody;
use yallmp_core::sse::Framer;

use super::{Figure, best};
use crate::payload;

/// Few: a round that is short is more often left alone by the rest of the machine.
const TIMES: u32 = 10;

pub fn figures() -> Result<Vec<Figure>> {
    let stream: String = (0..payload::EVENTS).map(payload::event).collect();
    let stream = Bytes::from(stream);
    let single = payload::event(1).len();
    let mut figures = Vec::new();
    for (how, piece) in [
        ("bursts of 16 events", single * payload::BURST),
        ("an event at a time", single),
        ("cut every 100 bytes", 100),
    ] {
        let time = best(TIMES, || (0..TIMES).try_for_each(|_| frame(&stream, piece)))?;
        figures.push(Figure::speed(format!("framer, {how}"), stream.len(), time));
    }
    let body = Bytes::from(payload::agent_request("whole", true));
    let time = best(TIMES, || (0..TIMES).try_for_each(|_| scan(&body)))?;
    figures.push(Figure::speed(
        "request body of 100 KB, scanned",
        body.len(),
        time,
    ));
    figures.push(Figure::time("the same, for each", time));
    let time = best(TIMES, || (0..TIMES).try_for_each(|_| tree(&body)))?;
    figures.push(Figure::time("as a `serde_json` tree, for comparison", time));
    Ok(figures)
}

fn frame(stream: &Bytes, piece: usize) -> Result<()> {
    let mut framer = Framer::new(1 << 20);
    let mut frames = 0;
    let mut at = 0;
    while at < stream.len() {
        let end = (at + piece).min(stream.len());
        framer.push(stream.slice(at..end));
        at = end;
        while let Some(frame) = framer.frame() {
            black_box(frame?);
            frames += 1;
        }
    }
    ensure!(frames == payload::EVENTS, "{frames} frames");
    Ok(())
}

fn scan(body: &Bytes) -> Result<()> {
    let body = RequestBody::parse(body.clone())?;
    ensure!(body.string("model").as_deref() == Some("whole") && body.is_true("stream"));
    Ok(())
}

fn tree(body: &Bytes) -> Result<()> {
    let body: Value = serde_json::from_slice(body)?;
    ensure!(body["model"] == "whole" && body["stream"] == true);
    Ok(())
}
