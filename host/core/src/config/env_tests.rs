use super::*;

fn env() -> BTreeMap<String, String> {
    [("A", "one"), ("B_2", "two"), ("EMPTY", "")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn check(text: &str, expected: &str, unset: &[&str]) {
    let found = expand(text, Forms::All, &env());
    assert_eq!(
        (found.text.as_str(), found.unset),
        (
            expected,
            unset.iter().map(|name| (*name).to_owned()).collect()
        ),
        "{text}"
    );
}

#[test]
fn every_form_is_substituted() {
    check("${A}", "one", &[]);
    check("$A", "one", &[]);
    check("os.environ/A", "one", &[]);
    check("x-${A}-$B_2.y", "x-one-two.y", &[]);
    check("${A:-other}", "one", &[]);
    check("${NO:-other}", "other", &[]);
    check("${NO:-}", "", &[]);
    check("${EMPTY:-other}", "other", &[]);
    check("${EMPTY}", "", &[]);
}

#[test]
fn what_is_not_set_stays_as_written() {
    check("${NO}/$ALSO_NO", "${NO}/$ALSO_NO", &["NO", "ALSO_NO"]);
    check("os.environ/NO", "os.environ/NO", &["NO"]);
}

#[test]
fn dollars_that_are_no_variables() {
    check("$$A", "$A", &[]);
    check("$$$A", "$one", &[]);
    check("a $ b", "a $ b", &[]);
    check("$5 ${} ${a b} ${A", "$5 ${} ${a b} ${A", &[]);
    check("see os.environ/A", "see os.environ/A", &[]);
    check("é$A€", "éone€", &[]);
}

#[test]
fn values_are_not_expanded_again() {
    let env: BTreeMap<_, _> = [("A".to_owned(), "${A}$A$$".to_owned())].into();
    assert_eq!(expand("$A", Forms::All, &env).text, "${A}$A$$");
}

#[test]
fn plugin_settings_know_braces_only() {
    let check = |text, expected: &str| {
        assert_eq!(expand(text, Forms::Braces, &env()).text, expected);
    };
    check("$A ${A} $$ $schema", "$A one $ $schema");
    check("os.environ/A", "os.environ/A");
}

#[test]
fn references_are_told_from_secrets() {
    for text in ["os.environ/KEY", "$KEY", "${KEY}"] {
        assert!(is_reference(text), "{text}");
    }
    for text in [
        "sk-1234",
        "$",
        "${KEY:-sk-1234}",
        "sk-$KEY",
        "os.environ/a b",
    ] {
        assert!(!is_reference(text), "{text}");
    }
}
