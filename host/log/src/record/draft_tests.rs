use yallmp_core::tape::{Entry, Note, Timed};

use super::*;
use crate::tests::{event, timed};
use crate::text::format::Bases;

fn warning() -> Note {
    Note::Warning("odd".into())
}

/// As it would be written if nothing were packed.
fn plain(notes: &[Timed]) -> Vec<u8> {
    let mut out = Vec::new();
    for timed in notes {
        format::put_note(&mut out, &mut Bases::default(), timed);
    }
    out
}

fn draft(notes: Vec<Timed>) -> Draft {
    let mut draft = Draft::default();
    for entry in Entry::pack(notes) {
        match entry {
            Entry::Note(timed) => {
                draft.text(|text| format::put_note(text, &mut Bases::default(), &timed));
            }
            Entry::Frames(frames) => draft.frames(&frames),
        }
    }
    draft
}

#[test]
fn text_alone_is_not_copied() {
    let notes = timed([warning(), warning()]);
    let draft = draft(notes.clone());
    let mut buffer = Vec::new();
    let text = render(draft.bytes(), &mut buffer).unwrap();
    assert_eq!(text, plain(&notes));
    assert!(buffer.is_empty());
}

#[test]
fn packed_frames_are_written_whole_among_other_notes() {
    let delta = |n| event(n, format!("data: {{\"n\":{n}}}\n\n"));
    let mut notes = timed([
        delta(1),
        delta(2),
        warning(),
        delta(3),
        warning(),
        warning(),
    ]);
    notes.extend(timed((4..20).map(delta)));
    let draft = draft(notes.clone());
    let mut buffer = b"of another log".to_vec();
    assert_eq!(render(draft.bytes(), &mut buffer).unwrap(), plain(&notes));
}

#[test]
fn bytes_that_are_no_draft_are_an_error() {
    let whole = draft(timed((0..20).map(|_| event(1, "data: 3\n\n"))));
    let whole = whole.bytes();
    for torn in 1..whole.len() {
        // Between two sections it would be whole; here is one.
        let torn = render(&whole[..torn], &mut Vec::new()).map(<[u8]>::to_vec);
        assert!(torn.is_err(), "{torn:?}");
    }
    assert!(render(b"yallmp log 1\nid: a\n", &mut Vec::new()).is_err());
}
