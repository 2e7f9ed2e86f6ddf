use proptest::prelude::*;

use super::*;

#[test]
fn interests_that_are_not_in_words_have_none() {
    let any = Interest::AnyOf(vec!["a".into()]);
    assert!(Words::of([&any, &Interest::None]).is_some());
    for other in [Interest::All, Interest::Renamed] {
        assert!(Words::of([&any, &other]).is_none(), "{other:?}");
    }
}

proptest! {
    /// As if each word were looked for in all of the text.
    #[test]
    fn what_differs_from_a_text_without_words_is_enough_to_search(
        words in proptest::collection::vec("[ab<]{1,5}", 0..4),
        texts in proptest::collection::vec("[ab<]{0,12}", 1..20),
    ) {
        let found = |text: &str| words.iter().any(|word| text.contains(word.as_str()));
        let searched = Words::of([&Interest::AnyOf(words.clone())]).unwrap();
        let mut silent: Option<&String> = None;
        for text in &texts {
            prop_assert_eq!(searched.are_in(text, None), found(text));
            if let Some(silent) = silent {
                let alike = Alike::of(silent.as_bytes(), text.as_bytes());
                prop_assert_eq!(searched.are_in(text, Some(alike)), found(text), "{} {}", silent, text);
            }
            if !found(text) {
                silent = Some(text);
            }
        }
    }
}
