//! The allocator of plugins without std.
//!
//! An instance lives for one answer, so speed and few touched pages count for more than
//! thrift: sizes are rounded up to powers of two, a freed block waits in the list of its size,
//! and no block is ever split or joined. A vector that doubles never moves within its block.
#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// Blocks of 16 bytes up to 2 GiB.
const CLASSES: usize = 28;
const SMALLEST: usize = 16;

/// Where new memory comes from.
///
/// # Safety
/// The memory between two ends must be free for the heap's use alone, and stay so.
pub unsafe trait Source {
    /// Where the heap begins, and where the memory ends that is there already.
    fn start(&self) -> (usize, usize);
    /// Makes the memory end at `end` or behind it; returns where. None if there is no more.
    fn grow(&self, end: usize) -> Option<usize>;
}

/// The module's linear memory, from the end of its static data.
#[cfg(target_arch = "wasm32")]
pub struct Memory;

#[cfg(target_arch = "wasm32")]
const PAGE: usize = 65536;

// SAFETY: the linker puts `__heap_base` behind stack and static data, and nothing else in a
// module without std grows the memory.
#[cfg(target_arch = "wasm32")]
unsafe impl Source for Memory {
    fn start(&self) -> (usize, usize) {
        unsafe extern "C" {
            static __heap_base: u8;
        }
        let start = &raw const __heap_base as usize;
        (start, core::arch::wasm32::memory_size(0) * PAGE)
    }

    fn grow(&self, end: usize) -> Option<usize> {
        let pages = end.div_ceil(PAGE);
        let more = pages.checked_sub(core::arch::wasm32::memory_size(0))?;
        (core::arch::wasm32::memory_grow(0, more) != usize::MAX).then_some(pages * PAGE)
    }
}

pub struct Heap<S> {
    source: S,
    state: UnsafeCell<State>,
}

struct State {
    /// For each class, the first free block; each begins with the address of the next.
    free: [*mut u8; CLASSES],
    /// What was never handed out yet. Both 0 before the first use.
    next: usize,
    end: usize,
}

// SAFETY: a plugin has one thread.
unsafe impl<S> Sync for Heap<S> {}

impl<S: Source> Heap<S> {
    pub const fn new(source: S) -> Self {
        let state = State {
            free: [null_mut(); CLASSES],
            next: 0,
            end: 0,
        };
        Heap {
            source,
            state: UnsafeCell::new(state),
        }
    }

    /// A block that was never used before.
    fn carve(&self, state: &mut State, size: usize, align: usize) -> Option<*mut u8> {
        if state.end == 0 {
            (state.next, state.end) = self.source.start();
        }
        let start = state.next.checked_next_multiple_of(align.max(SMALLEST))?;
        let end = start.checked_add(size)?;
        if end > state.end {
            state.end = self.source.grow(end)?;
        }
        state.next = end;
        Some(core::ptr::with_exposed_provenance_mut(start))
    }
}

fn class(layout: Layout) -> usize {
    let size = layout.size().max(layout.align()).max(SMALLEST);
    (size - 1).ilog2() as usize + 1 - SMALLEST.ilog2() as usize
}

// SAFETY: blocks are at least as big and as aligned as asked, do not overlap (each is carved
// once, and is in one free list or in use), and stay in place.
unsafe impl<S: Source> GlobalAlloc for Heap<S> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let state = unsafe { &mut *self.state.get() };
        let class = class(layout);
        let Some(first) = state.free.get(class).copied() else {
            return null_mut();
        };
        if !first.is_null() && first.addr().is_multiple_of(layout.align()) {
            state.free[class] = unsafe { first.cast::<*mut u8>().read() };
            return first;
        }
        self.carve(state, SMALLEST << class, layout.align())
            .unwrap_or(null_mut())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let state = unsafe { &mut *self.state.get() };
        let class = class(layout);
        unsafe { block.cast::<*mut u8>().write(state.free[class]) };
        state.free[class] = block;
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return null_mut();
        };
        if class(wanted) == class(layout) {
            return block;
        }
        let moved = unsafe { self.alloc(wanted) };
        if !moved.is_null() {
            unsafe {
                moved.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

/// What the host calls to put arguments into the component's memory.
///
/// # Safety
/// As the canonical ABI has it: `old` came from here, or `old_size` is 0.
#[cfg(target_arch = "wasm32")]
pub unsafe fn cabi_realloc(
    heap: &Heap<Memory>,
    old: *mut u8,
    old_size: usize,
    align: usize,
    size: usize,
) -> *mut u8 {
    if size == 0 {
        return core::ptr::without_provenance_mut(align);
    }
    let block = unsafe {
        if old_size == 0 {
            heap.alloc(Layout::from_size_align_unchecked(size, align))
        } else {
            heap.realloc(
                old,
                Layout::from_size_align_unchecked(old_size, align),
                size,
            )
        }
    };
    if block.is_null() {
        core::arch::wasm32::unreachable();
    }
    block
}

#[cfg(test)]
#[path = "heap_tests.rs"]
mod tests;
