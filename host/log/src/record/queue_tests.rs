//! What was read is freed where it was made.

use std::sync::mpsc::{self, Sender};
use std::thread::{self, ThreadId};
use std::time::SystemTime;

use bytes::Bytes;
use yallmp_core::config::LogLevel;

use super::*;

/// Tells which thread frees it.
struct Told {
    bytes: Vec<u8>,
    freed: Sender<ThreadId>,
}

impl AsRef<[u8]> for Told {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        // At the end of a test nobody asks any more.
        self.freed.send(thread::current().id()).ok();
    }
}

fn push(queue: &Queue, size: usize, freed: &Sender<ThreadId>) {
    let meta = ExchangeMeta {
        id: "a".into(),
        started: SystemTime::UNIX_EPOCH,
        model: "m".into(),
        level: LogLevel::Full,
    };
    let raw = Bytes::from_owner(Told {
        bytes: vec![0; size],
        freed: freed.clone(),
    });
    let entry = Entry::Note(Timed {
        at: Duration::ZERO,
        note: Note::EventOut { raw },
    });
    queue.push(&Arc::new(meta), vec![entry]);
}

/// Reads all that waits, on a thread of its own.
fn read(queue: &Arc<Queue>) -> ThreadId {
    let queue = queue.clone();
    let writer = thread::spawn(move || {
        let round = queue.take(Duration::ZERO).unwrap();
        let mut spent: Vec<_> = round
            .batches
            .into_iter()
            .map(|b| (b.home, b.entries))
            .collect();
        queue.give_back(&mut spent);
    });
    let id = writer.thread().id();
    writer.join().unwrap();
    id
}

#[test]
fn what_the_writer_has_read_is_freed_by_the_next_exchange() {
    let queue = Arc::new(Queue::new(0));
    let (freed, frees) = mpsc::channel();
    for _ in 0..4 {
        push(&queue, 100, &freed);
    }
    read(&queue);
    assert_eq!(frees.try_iter().count(), 0);
    for rest in [2, 0] {
        push(&queue, 100, &freed);
        let by: Vec<_> = frees.try_iter().collect();
        assert_eq!(by, [thread::current().id(); 2], "{rest} are left");
    }
}

#[test]
fn what_was_made_elsewhere_is_left_to_be_freed_there() {
    let queue = Arc::new(Queue::new(0));
    let (freed, frees) = mpsc::channel();
    push(&queue, 100, &freed);
    read(&queue);
    thread::scope(|scope| {
        scope.spawn(|| push(&queue, 100, &freed));
    });
    assert_eq!(frees.try_iter().count(), 0);
    push(&queue, 100, &freed);
    let by: Vec<_> = frees.try_iter().collect();
    assert_eq!(by, [thread::current().id()]);
}

#[test]
fn little_waits_for_an_exchange_that_frees_it() {
    let queue = Arc::new(Queue::new(0));
    let (freed, frees) = mpsc::channel();
    for _ in 0..8 {
        push(&queue, 75 << 10, &freed);
    }
    let writer = read(&queue);
    let by: Vec<_> = frees.try_iter().collect();
    assert_eq!(by, [writer; 5]);
}
