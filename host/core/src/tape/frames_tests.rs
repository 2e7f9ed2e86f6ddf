use proptest::prelude::*;

use super::*;

fn frame(at: u64, number: u32, raw: impl Into<Bytes>) -> Timed {
    Timed {
        at: Duration::from_micros(at),
        note: Note::EventIn {
            number,
            raw: raw.into(),
        },
    }
}

fn warning(at: u64) -> Timed {
    Timed {
        at: Duration::from_micros(at),
        note: Note::Warning("odd".into()),
    }
}

fn unpack(entries: Vec<Entry>) -> Vec<Timed> {
    entries.into_iter().flat_map(Entry::unpack).collect()
}

fn delta(word: usize) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1795370591,\
         \"model\":\"demo\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" {word}\"}}}}]}}\n\n"
    )
}

#[test]
fn a_stream_takes_a_tenth_of_its_bytes() {
    let notes: Vec<_> = (1..101)
        .map(|n| frame(n, n as u32, delta(n as usize)))
        .collect();
    let size: usize = notes.iter().map(|timed| timed.note.weight()).sum();
    let [Entry::Frames(frames)] = &Entry::pack(notes.clone())[..] else {
        panic!("one entry");
    };
    let packed = frames.packed().len();
    assert!(packed * 15 < size, "{packed} of {size}");
    assert_eq!((frames.count, frames.events), (100, 100));
    assert_eq!(frames.first_event, Some(Duration::from_micros(1)));
    assert_eq!(frames.last, Duration::from_micros(100));
    assert_eq!(frames.unpack(), notes);
}

#[test]
fn a_frame_leans_on_the_one_packed_last_and_on_no_other() {
    let like = |of: usize, to: usize| {
        let [before, raw] = [of, to].map(delta);
        Some(Like::of(of as u32, before.as_bytes(), raw.as_bytes()))
    };
    let at = Duration::from_micros(1);
    // What comes between 2 and 4: nothing that is kept, an event that is not read, a comment.
    for (third, raw, of) in [
        (None, "", 3),
        (Some(3), "data: x\n\n", 2),
        (Some(0), ": x\n\n", 2),
    ] {
        let (mut entries, mut packer) = (Vec::new(), Packer::default());
        packer.push(&mut entries, at, 1, delta(1).as_bytes(), None);
        packer.push(&mut entries, at, 2, delta(2).as_bytes(), like(1, 2));
        match third {
            Some(number) => packer.push(&mut entries, at, number, raw.as_bytes(), None),
            None => {
                packer.forget();
                0
            }
        };
        packer.push(&mut entries, at, 4, delta(4).as_bytes(), like(of, 4));
        let mut expected = vec![frame(1, 1, delta(1)), frame(1, 2, delta(2))];
        expected.extend(third.map(|number| frame(1, number, raw)));
        expected.push(frame(1, 4, delta(4)));
        assert_eq!(unpack(entries), expected);
    }
}

#[test]
fn memory_of_what_was_read_serves_again() {
    let mut packer = Packer::default();
    let mut pack = |mut entries: Vec<Entry>, words: std::ops::Range<usize>| {
        for word in words {
            let raw = delta(word);
            packer.push(&mut entries, Duration::ZERO, 1, raw.as_bytes(), None);
        }
        let Some(Entry::Frames(frames)) = entries.first() else {
            panic!("frames");
        };
        let capacity = frames.packed.capacity();
        (packer.reuse(entries), capacity)
    };
    let (batch, grown) = pack(Vec::new(), 0..20);
    assert!(grown > CAPACITY);
    assert!(batch.is_empty() && batch.capacity() > 0);
    assert_eq!(pack(batch, 0..1).1, grown);
    // What one large stream needed is not held by the next.
    let (batch, large) = pack(Vec::new(), 0..1000);
    assert!(large > MOST_SPARE);
    assert!(pack(batch, 0..1).1 <= grown);
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0..3000_usize).prop_map(|word| delta(word).into_bytes()),
        Just(b"data: [DONE]\n\n".to_vec()),
        Just(b": keep-alive\n\n".to_vec()),
        Just(vec![b'x'; 20 << 10]),
        proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

proptest! {
    #[test]
    fn what_is_packed_comes_out_as_it_went_in(
        pieces in proptest::collection::vec((piece(), 0..4_u32, 0..2_000_000_u64, 0..9_u8), 0..60),
    ) {
        let notes: Vec<_> = pieces
            .into_iter()
            .map(|(raw, number, at, kind)| match kind {
                0 => warning(at),
                _ => frame(at, number, raw),
            })
            .collect();
        let entries = Entry::pack(notes.clone());
        prop_assert_eq!(entries.iter().map(Entry::notes).sum::<u64>(), notes.len() as u64);
        prop_assert_eq!(unpack(entries), notes);
    }
}
