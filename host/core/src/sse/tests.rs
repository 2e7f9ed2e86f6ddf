use bytes::Bytes;
use proptest::prelude::*;

use super::*;

/// All frames of `input`, pushed in the given pieces.
fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
    let mut framer = Framer::new(1 << 20);
    let mut frames = Vec::new();
    for piece in pieces {
        framer.push(Bytes::copy_from_slice(piece));
        while let Some(frame) = framer.frame() {
            frames.push(frame.expect("a frame within the limit"));
        }
    }
    frames.extend(framer.finish());
    assert_eq!(framer.frame(), None, "nothing is left");
    frames
}

/// What the frames say. An LF that was cut off from its CR at the very end says nothing.
fn kinds(mut frames: &[Frame]) -> Vec<Kind> {
    if let [rest @ .., before, last] = frames
        && before.raw.ends_with(b"\r")
        && &last.raw[..] == b"\n"
    {
        frames = &frames[..rest.len() + 1];
    }
    frames.iter().map(|f| f.kind.clone()).collect()
}

fn data(text: &str) -> Kind {
    Kind::Data {
        name: None,
        data: text.into(),
    }
}

fn named(name: &str, text: &str) -> Kind {
    Kind::Data {
        name: Some(name.into()),
        data: text.into(),
    }
}

/// What each input says, whole and cut in two at every byte, and byte by byte.
#[test]
fn every_cut_gives_the_same_frames() {
    for (input, expected) in [
        ("", vec![]),
        ("data: a\n\ndata: b\n\n", vec![data("a"), data("b")]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", vec![data("a"), data("b")]),
        ("data: a\r\rdata: b\r\r", vec![data("a"), data("b")]),
        ("data: a\r\n\rdata: b\n\r\n", vec![data("a"), data("b")]),
        ("data:a\n\n", vec![data("a")]),
        ("data:  a \n\n", vec![data(" a ")]),
        ("data: a\ndata: b\ndata:\n\n", vec![data("a\nb\n")]),
        ("event: x\ndata: a\n\n", vec![named("x", "a")]),
        (
            "data: a\nevent: x\nid: 7\nretry: 10\nfoo: bar\n\n",
            vec![named("x", "a")],
        ),
        (": ping\n\ndata: a\n\n", vec![Kind::Comment, data("a")]),
        (": ping\ndata: a\n\n", vec![data("a")]),
        ("id: 1\n\n", vec![Kind::Comment]),
        ("data: [DONE]\n\n", vec![Kind::Done]),
        ("data:[DONE] \n\n", vec![Kind::Done]),
        ("data: a\n\ndata: [DONE]", vec![data("a"), Kind::Done]),
        ("data: a", vec![data("a")]),
        ("data: a\r", vec![data("a")]),
        (
            "\n\ndata: a\n\n",
            vec![Kind::Comment, Kind::Comment, data("a")],
        ),
        ("\u{feff}data: a\n\n", vec![data("a")]),
        ("data: \u{feff}a\n\n", vec![data("\u{feff}a")]),
        (
            "data: 你好🙂\n\ndata: é\n\n",
            vec![data("你好🙂"), data("é")],
        ),
        ("data\n\n", vec![Kind::Comment]),
    ] {
        let bytes = input.as_bytes();
        assert_eq!(kinds(&frames([bytes])), expected, "whole {input:?}");
        for cut in 0..=bytes.len() {
            let (a, b) = bytes.split_at(cut);
            assert_eq!(kinds(&frames([a, b])), expected, "{input:?} cut at {cut}");
        }
        assert_eq!(
            kinds(&frames(bytes.chunks(1))),
            expected,
            "{input:?} byte by byte"
        );
    }
}

#[test]
fn frames_keep_their_bytes() {
    let input = b": c\r\nid: 1\r\nevent: e\r\nextra: 1\r\ndata:  {\"a\": 1}\r\n\r\ndata: b\n\n";
    let raw: Vec<u8> = frames([&input[..]])
        .iter()
        .flat_map(|f| f.raw.to_vec())
        .collect();
    assert_eq!(raw, input);
}

#[test]
fn bytes_that_are_not_utf8_are_kept_and_named() {
    let frames = frames([&b"data: \xff\xfe\n\n"[..]]);
    assert_eq!(frames[0].kind, Kind::Unreadable);
    assert_eq!(&frames[0].raw[..], b"data: \xff\xfe\n\n");
}

#[test]
fn an_endless_event_meets_the_limit() {
    let mut framer = Framer::new(64);
    framer.push(Bytes::from(vec![b'x'; 65]));
    assert_eq!(framer.frame(), Some(Err(TooLong(64))));
    let mut framer = Framer::new(64);
    framer.push(Bytes::from(format!("data: {}\n\n", "x".repeat(64))));
    assert_eq!(framer.frame(), Some(Err(TooLong(64))));
}

#[test]
fn a_frame_inside_one_piece_is_a_slice_of_it() {
    let piece = Bytes::from_static(b"data: a\n\ndata: b\n\n");
    let mut framer = Framer::new(64);
    framer.push(piece.clone());
    let frame = framer.frame().unwrap().unwrap();
    assert_eq!(frame.raw.as_ptr(), piece.as_ptr());
}

/// Eight megabytes in pieces of 1 KiB: searching from the start each time would not end.
#[test]
fn a_long_line_takes_linear_time() {
    let mut framer = Framer::new(16 << 20);
    framer.push(Bytes::from_static(b"data: "));
    for _ in 0..8 << 10 {
        framer.push(Bytes::from(vec![b'x'; 1 << 10]));
        assert_eq!(framer.frame(), None);
    }
    framer.push(Bytes::from_static(b"\n\n"));
    assert_eq!(framer.frame().unwrap().unwrap().raw.len(), (8 << 20) + 8);
}

proptest! {
    #[test]
    fn cuts_never_matter(
        lines in prop::collection::vec(
            prop_oneof!["", "data: [a-zé]{0,6}", ": c", "event: [a-z]", "x", "data:", "data: \\[DONE\\]"], 0..20),
        ends in prop::collection::vec(prop_oneof!["\n", "\r\n", "\r"], 20),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let text: String = lines.iter().zip(&ends).flat_map(|(l, e)| [l.as_str(), e.as_str()]).collect();
        let bytes = text.as_bytes();
        let whole = frames([bytes]);
        let mut at: Vec<usize> = cuts.iter().map(|c| c.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        prop_assert_eq!(kinds(&frames(pieces)), kinds(&whole));
    }

    #[test]
    fn what_is_encoded_reads_back(
        name in prop::option::of("[a-z.]{1,8}"),
        data in "[^\r\n]{1,40}",
    ) {
        let got = frames([&encode(name.as_deref(), &data)[..]]);
        prop_assume!(data.trim() != "[DONE]");
        let expected = Kind::Data { name: name.map(Into::into), data: data.into() };
        prop_assert_eq!(kinds(&got), vec![expected]);
    }
}
