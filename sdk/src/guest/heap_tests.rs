use core::alloc::{GlobalAlloc, Layout};
use std::cell::RefCell;
use std::vec::Vec;

use proptest::prelude::*;

use super::{Heap, Source};

const SIZE: usize = 1 << 20;

/// A piece of ordinary memory, given out 4 KiB at a time.
struct Arena(RefCell<Vec<u128>>);

impl Arena {
    fn bounds(&self) -> (usize, usize) {
        let start = self.0.borrow().as_ptr().expose_provenance();
        (start, start + SIZE)
    }
}

unsafe impl Source for Arena {
    fn start(&self) -> (usize, usize) {
        let (start, _) = self.bounds();
        (start, start + 100)
    }

    fn grow(&self, end: usize) -> Option<usize> {
        let (start, last) = self.bounds();
        let end = start + (end - start).next_multiple_of(4096);
        (end <= last).then_some(end)
    }
}

#[derive(Debug, Clone)]
enum Step {
    Alloc(usize, u32),
    Free(usize),
    Realloc(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..3000usize, 0..6u32).prop_map(|(size, align)| Step::Alloc(size, align)),
        any::<usize>().prop_map(Step::Free),
        (any::<usize>(), 1..9000usize).prop_map(|(which, size)| Step::Realloc(which, size)),
    ]
}

proptest! {
    /// Every block keeps what was written into it until it is freed.
    #[test]
    fn blocks_do_not_overlap(steps in prop::collection::vec(step(), 0..80)) {
        let heap = Heap::new(Arena(RefCell::new(Vec::with_capacity(SIZE / 16))));
        let mut live: Vec<(*mut u8, Layout, u8)> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let mark = u8::try_from(number).unwrap();
            match step {
                Step::Alloc(size, align) => {
                    let layout = Layout::from_size_align(size, 1 << align).unwrap();
                    let block = unsafe { heap.alloc(layout) };
                    prop_assert!(block.addr().is_multiple_of(layout.align()));
                    unsafe { block.write_bytes(mark, size) };
                    live.push((block, layout, mark));
                }
                Step::Free(which) if !live.is_empty() => {
                    let (block, layout, _) = live.swap_remove(which % live.len());
                    unsafe { heap.dealloc(block, layout) };
                }
                Step::Realloc(which, size) if !live.is_empty() => {
                    let at = which % live.len();
                    let (block, layout, before) = live[at];
                    let moved = unsafe { heap.realloc(block, layout, size) };
                    let kept = layout.size().min(size);
                    let bytes = unsafe { core::slice::from_raw_parts(moved, kept) };
                    prop_assert!(bytes.iter().all(|byte| *byte == before));
                    unsafe { moved.write_bytes(mark, size) };
                    let layout = Layout::from_size_align(size, layout.align()).unwrap();
                    live[at] = (moved, layout, mark);
                }
                Step::Free(_) | Step::Realloc(..) => {}
            }
            for (block, layout, mark) in &live {
                let bytes = unsafe { core::slice::from_raw_parts(*block, layout.size()) };
                prop_assert!(bytes.iter().all(|byte| byte == mark));
            }
        }
    }
}

#[test]
fn no_more_memory_is_null() {
    let heap = Heap::new(Arena(RefCell::new(Vec::with_capacity(SIZE / 16))));
    let layout = Layout::from_size_align(SIZE + 1, 1).unwrap();
    assert!(unsafe { heap.alloc(layout) }.is_null());
}
