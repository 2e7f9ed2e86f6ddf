//! WASI 0.2 for the components that import it (Python, JavaScript, Rust with `std`): clocks
//! and random numbers work; there are no files, no network, no arguments, no environment.
//! What a guest prints goes to the proxy's log, line by line.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::state::State;

/// Bytes of a line; a longer one is broken.
const LINE_BYTES: usize = 8 << 10;

/// Lines of one instance that are kept.
const LINES: u32 = 1000;

/// Streams, clocks and whatever else one instance may have open.
const RESOURCES: usize = 1000;

/// Random bytes of one call.
const RANDOM_BYTES: u64 = 64 << 10;

pub(crate) struct Wasi {
    context: WasiCtx,
    table: ResourceTable,
}

impl Wasi {
    pub fn new(plugin: Arc<str>) -> Self {
        let print = |stream| Print {
            plugin: plugin.clone(),
            stream,
            left: Arc::new(AtomicU32::new(LINES)),
        };
        let mut context = WasiCtx::builder();
        context
            .allow_tcp(false)
            .allow_udp(false)
            .max_random_size(RANDOM_BYTES)
            .stdout(print("stdout"))
            .stderr(print("stderr"));
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Self {
            context: context.build(),
            table,
        }
    }
}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView {
            ctx: &mut wasi.context,
            table: &mut wasi.table,
        }
    }
}

/// One of the guest's output streams.
#[derive(Clone)]
struct Print {
    plugin: Arc<str>,
    stream: &'static str,
    left: Arc<AtomicU32>,
}

impl Print {
    fn line(&self, line: &[u8]) {
        let one_less = |left: u32| left.checked_sub(1);
        let order = Ordering::Relaxed;
        if self.left.fetch_update(order, order, one_less).is_ok() {
            let text = String::from_utf8_lossy(line);
            tracing::info!(plugin = &*self.plugin, stream = self.stream, "{text}");
        }
    }
}

impl IsTerminal for Print {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Print {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        unreachable!("only WASI 0.3 asks for this")
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Lines {
            print: self.clone(),
            line: Vec::new(),
        })
    }
}

struct Lines {
    print: Print,
    line: Vec<u8>,
}

impl Lines {
    fn finish(&mut self) {
        if !self.line.is_empty() {
            self.print.line(&self.line);
            self.line.clear();
        }
    }
}

#[async_trait::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        for byte in bytes {
            if byte == b'\n' || self.line.len() == LINE_BYTES {
                self.finish();
            }
            if byte != b'\n' {
                self.line.push(byte);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LINE_BYTES)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.finish();
    }
}
