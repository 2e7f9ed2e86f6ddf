use super::{FORMATS, Opener, named};

fn openers() -> impl Iterator<Item = (&'static str, &'static Opener)> {
    let each = |format: &&'static super::Format| {
        let name = format.name;
        format.openers.iter().map(move |opener| (name, opener))
    };
    FORMATS.iter().flat_map(each)
}

/// The scanner chooses a format by its opener and the next character alone.
#[test]
fn no_text_opens_two_formats() {
    for (one, opener) in openers() {
        assert!(opener.text.as_bytes()[0].is_ascii(), "{one}");
        for (other, second) in openers().filter(|(other, _)| *other != one) {
            if !opener.text.starts_with(second.text) {
                continue;
            }
            let both = |c: &char| (opener.next)(*c) && (second.next)(*c);
            assert_eq!(
                (0..128u8).map(char::from).find(both),
                None,
                "{one} and {other}"
            );
        }
    }
}

#[test]
fn names_and_aliases_name_one_format_each() {
    let mut names: Vec<&str> = FORMATS
        .iter()
        .flat_map(|format| format.aliases.iter().copied().chain([format.name]))
        .collect();
    for name in &names {
        assert_eq!(named([*name]).map(|formats| formats.len()), Ok(1));
    }
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

/// Every format is shown by fixtures of its own.
#[test]
fn every_format_has_fixtures() {
    for format in FORMATS {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/");
        assert!(
            std::path::Path::new(folder).join(format.name).is_dir(),
            "{}",
            format.name
        );
    }
}
