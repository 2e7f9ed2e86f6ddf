use proptest::prelude::*;

use super::*;
use crate::text::format::Bases;

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

/// As it would be written without all this.
fn plain(notes: &[Timed]) -> Vec<u8> {
    let mut out = Vec::new();
    for timed in notes {
        format::put_note(&mut out, &mut Bases::default(), timed);
    }
    out
}

fn draft(entries: &[Entry]) -> Draft {
    let mut draft = Draft::default();
    for entry in entries {
        match entry {
            Entry::Note(timed) => {
                draft.text(|text| format::put_note(text, &mut Bases::default(), timed));
            }
            Entry::Frames(frames) => draft.frames(frames),
        }
    }
    draft
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
    assert!(
        frames.packed.len() * 15 < size,
        "{} of {size}",
        frames.packed.len()
    );
    assert_eq!((frames.count, frames.events), (100, 100));
    assert_eq!(frames.first_event, Some(Duration::from_micros(1)));
    assert_eq!(frames.last, Duration::from_micros(100));
    assert_eq!(frames.unpack(), notes);
}

#[test]
fn text_alone_is_not_copied() {
    let draft = draft(&Entry::pack(vec![warning(1), warning(2)]));
    let mut buffer = Vec::new();
    let text = render(draft.bytes(), &mut buffer).unwrap();
    assert_eq!(text, plain(&[warning(1), warning(2)]));
    assert!(buffer.is_empty());
}

#[test]
fn bytes_that_are_no_draft_are_an_error() {
    let whole = draft(&Entry::pack(
        (0..20).map(|n| frame(n, 1, delta(3))).collect(),
    ));
    let whole = whole.bytes();
    for torn in 1..whole.len() {
        // Between two sections it would be whole; here is one.
        let torn = render(&whole[..torn], &mut Vec::new()).map(<[u8]>::to_vec);
        assert!(torn.is_err(), "{torn:?}");
    }
    assert!(render(b"yallmp log 1\nid: a\n", &mut Vec::new()).is_err());
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0..3000_usize).prop_map(|word| delta(word).into_bytes()),
        Just(b"data: [DONE]\n\n".to_vec()),
        Just(b": keep-alive\n\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

proptest! {
    #[test]
    fn what_is_packed_is_written_as_if_it_were_not(
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
        let draft = draft(&entries);
        let mut buffer = Vec::new();
        let text = render(draft.bytes(), &mut buffer).unwrap();
        prop_assert_eq!(text, plain(&notes));
        let unpacked: Vec<_> = entries
            .into_iter()
            .flat_map(|entry| match entry {
                Entry::Note(timed) => vec![timed],
                Entry::Frames(frames) => frames.unpack(),
            })
            .collect();
        prop_assert_eq!(unpacked, notes);
    }
}
