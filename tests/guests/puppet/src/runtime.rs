//! What `std` would bring, without its WASI imports.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;

const PAGE: usize = 64 << 10;

/// Gives out memory and never takes it back: an instance does not live long.
struct Bump {
    next: Cell<usize>,
    end: Cell<usize>,
}

unsafe impl Sync for Bump {}

unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.next.get().next_multiple_of(layout.align());
        let Some(end) = start.checked_add(layout.size()) else {
            return core::ptr::null_mut();
        };
        if self.next.get() == 0 || end > self.end.get() {
            let pages = (layout.size() + layout.align()).div_ceil(PAGE);
            let base = wasm32::memory_grow(0, pages);
            if base == usize::MAX {
                return core::ptr::null_mut();
            }
            if base * PAGE != self.end.get() {
                self.next.set(base * PAGE);
            }
            self.end.set((base + pages) * PAGE);
            return unsafe { self.alloc(layout) };
        }
        self.next.set(end);
        start as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Bump = Bump {
    next: Cell::new(0),
    end: Cell::new(0),
};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}

// The C library's own would take memory behind the allocator's back.
#[unsafe(export_name = "cabi_realloc")]
unsafe extern "C" fn cabi_realloc(
    old: *mut u8,
    old_size: usize,
    align: usize,
    size: usize,
) -> *mut u8 {
    unsafe {
        let new = HEAP.alloc(Layout::from_size_align_unchecked(size, align));
        if new.is_null() {
            wasm32::unreachable();
        }
        core::ptr::copy_nonoverlapping(old, new, old_size);
        new
    }
}

// For `memcpy` and its kin.
#[link(name = "c")]
unsafe extern "C" {}
