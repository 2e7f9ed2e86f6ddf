//! What goes to the client next.

use bytes::{Bytes, BytesMut};

/// What is gathered at most. The connection has a buffer for more, and writes when nothing
/// comes any more.
pub(in crate::exchange) const BYTES: usize = 16 << 10;
/// Most of what arrives together is less.
const FEW: usize = 4 << 10;

/// Bytes for the client, gathered for one write. A frame that is alone is not copied.
#[derive(Default)]
pub(super) struct Out {
    single: Bytes,
    joined: BytesMut,
}

impl Out {
    pub fn push(&mut self, bytes: Bytes) {
        if self.single.is_empty() && self.joined.is_empty() {
            self.single = bytes;
            return;
        }
        if self.joined.is_empty() {
            let length = self.single.len() + bytes.len();
            self.joined.reserve(length.max(FEW));
            self.joined
                .extend_from_slice(&std::mem::take(&mut self.single));
        } else if self.joined.capacity() - self.joined.len() < bytes.len() {
            // To the most in one step: growing by and by copies all of it several times.
            self.joined.reserve(bytes.len().max(BYTES));
        }
        self.joined.extend_from_slice(&bytes);
    }

    pub fn len(&self) -> usize {
        self.single.len() + self.joined.len()
    }

    pub fn take(&mut self) -> Bytes {
        if self.joined.is_empty() {
            std::mem::take(&mut self.single)
        } else {
            self.joined.split().freeze()
        }
    }
}
