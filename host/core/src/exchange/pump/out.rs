//! What goes to the client next.

use bytes::{Bytes, BytesMut};

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
            self.joined
                .reserve((self.single.len() + bytes.len()).max(4 << 10));
            self.joined
                .extend_from_slice(&std::mem::take(&mut self.single));
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
