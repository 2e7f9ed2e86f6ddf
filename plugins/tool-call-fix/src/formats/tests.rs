use super::{FORMATS, Place, named};

/// What begins with the same bytes is found in the order of the table; an opener that needs no
/// byte of its own would hide all that follow.
#[test]
fn openers_that_stand_anywhere_begin_with_an_ascii_character() {
    for format in FORMATS {
        for opener in format.openers {
            let first = opener.text.bytes().next();
            let everywhere = opener.place == Place::Anywhere;
            assert!(
                !everywhere || first.is_some_and(|b| b.is_ascii_graphic()),
                "{}",
                format.name
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
