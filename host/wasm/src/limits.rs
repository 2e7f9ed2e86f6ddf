//! What one instance may hold of the host's memory.

use wasmtime::ResourceLimiter;

use crate::engine::TABLE_ELEMENTS;

/// The instance asked for more than it may have. Traps the guest, so that this is seen as
/// what it is and not as the guest's own abort.
#[derive(Debug, thiserror::Error)]
#[error("it asked for more than {limit} bytes of memory (`limits.memory_mb`)")]
pub(crate) struct OverMemory {
    limit: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("it asked for tables of more than {TABLE_ELEMENTS} elements")]
pub(crate) struct OverTable;

pub(crate) struct Limits {
    memory_bytes: usize,
    used_bytes: usize,
    table_elements: usize,
}

impl Limits {
    pub fn new(memory_bytes: usize) -> Self {
        Self {
            memory_bytes,
            used_bytes: 0,
            table_elements: 0,
        }
    }
}

/// All memories and tables of the instance count together.
impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self.used_bytes + desired.saturating_sub(current);
        if used > self.memory_bytes {
            return Err(OverMemory {
                limit: self.memory_bytes,
            }
            .into());
        }
        self.used_bytes = used;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let elements = self.table_elements + desired.saturating_sub(current);
        if elements > TABLE_ELEMENTS {
            return Err(OverTable.into());
        }
        self.table_elements = elements;
        Ok(true)
    }

    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        64
    }

    fn memories(&self) -> usize {
        16
    }
}
