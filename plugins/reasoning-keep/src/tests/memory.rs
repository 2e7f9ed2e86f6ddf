//! How long something is kept, and who is told.

use super::*;

/// Two hours without use, and a day at the longest, however much it is used.
#[test]
fn what_is_kept_ends() {
    let hours = |hours: u64| pass(Duration::from_secs(hours * 3600));
    let history = [USER, &forgotten(), RESULT];
    let is_known = |kit: &Kit<ReasoningKeep>| sent(kit, &history).contains("\"hm\"");
    let thought = answer(r#""reasoning_content":"hm""#);

    let unused = kit("unused", RC);
    hear(&unused, &[USER], &thought);
    hours(1);
    assert!(is_known(&unused));
    hours(3);
    assert!(!is_known(&unused));

    let used = kit("used", RC);
    hear(&used, &[USER], &thought);
    for hour in 1..24 {
        hours(1);
        assert!(is_known(&used), "{hour}");
    }
    hours(1);
    assert!(!is_known(&used));

    let longer = r#"{"field":"reasoning_content","idle_hours":30,"hours":48}"#;
    let longer = kit("longer", longer);
    hear(&longer, &[USER], &thought);
    hours(29);
    assert!(is_known(&longer));
    hours(19);
    assert!(!is_known(&longer));
}

/// A key for two texts stands for none as long as either is kept.
#[test]
fn a_tombstone_lives_as_long_as_what_it_stands_for() {
    let kit = kit("tombstone", RC);
    let thoughts = ["one", "two"].map(|text| answer(&format!(r#""reasoning_content":"{text}""#)));
    for thought in &thoughts {
        hear(&kit, &[USER], thought);
    }
    pass(Duration::from_secs(3 * 3600));
    hear(&kit, &[USER], &thoughts[0]);
    let out = sent(&kit, &[USER, &forgotten(), RESULT]);
    assert!(!out.contains("one") && !out.contains("two"), "{out}");
}

/// Keys, numbers and words of ours: the reasoning itself is in the store and in requests alone.
#[test]
fn what_was_thought_is_not_told_to_the_log() {
    let kit = kit("log", RC);
    let _ = (noted(), logged());
    hear(
        &kit,
        &[USER],
        &answer(r#""reasoning_content":"a secret thought""#),
    );
    let _ = sent(&kit, &[USER, &forgotten(), RESULT]);
    let told = format!("{:?} {:?}", noted(), logged());
    assert!(told.contains("restored"), "{told}");
    assert!(!told.contains("secret"), "{told}");
    let keys = stored();
    assert!(!keys.is_empty());
    assert!(
        keys.keys()
            .all(|key| !key.contains("secret") && !key.contains("weather"))
    );
}
