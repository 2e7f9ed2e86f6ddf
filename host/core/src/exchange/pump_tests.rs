use proptest::prelude::*;

use super::*;

fn frames(bytes: String) -> Vec<Frame> {
    let mut framer = Framer::new(1 << 20);
    framer.push(bytes.into());
    std::iter::from_fn(|| framer.frame())
        .map(Result::unwrap)
        .collect()
}

fn head() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "data:",
        "data: ",
        "id: 7\ndata: ",
        ": x\ndata: ",
        "data: a\ndata: ",
    ])
}

fn end() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["\n\n", "\r\n\r\n", "\r\r", "\n: x\n\n"])
}

proptest! {
    /// Whatever stands around it in the frame.
    #[test]
    fn data_has_in_common_what_is_said(
        events in proptest::collection::vec((head(), "[ab]{1,6}", end()), 2..6),
    ) {
        let bytes = events.iter().map(|(head, data, end)| [head, data.as_str(), end].concat());
        let events: Vec<_> = frames(bytes.collect())
            .into_iter()
            .filter_map(|frame| {
                let place = frame.place();
                let Kind::Data { data, .. } = frame.kind else {
                    return None;
                };
                Some((data, Last { number: 1, raw: frame.raw, place }))
            })
            .collect();
        for ((before, last), (data, next)) in events.iter().zip(&events[1..]) {
            if let Some(place) = &next.place {
                prop_assert_eq!(&next.raw[place.clone()], data.as_bytes());
            }
            let like = Like::of(1, &last.raw, &next.raw);
            if let Some(Like { alike, .. }) = last.data_like(next, like) {
                let (a, b) = (before.as_bytes(), data.as_bytes());
                prop_assert!(alike.begin + alike.end <= a.len().min(b.len()));
                prop_assert_eq!(&a[..alike.begin], &b[..alike.begin]);
                prop_assert_eq!(&a[a.len() - alike.end..], &b[b.len() - alike.end..]);
            }
        }
    }
}
