//! The tables of `docs/configuration.md`. A test compares the file with this, so that the
//! two cannot drift apart.

use std::fmt::Write as _;

use super::{FILE, Family, Ignored, Key, Kind, Section, Status};

/// One heading and table for each section of a file, then LiteLLM's keys without effect.
pub fn markdown() -> String {
    let mut sections = Vec::new();
    collect(&FILE, &mut sections);
    let mut out = String::new();
    for section in &sections {
        let _ = write!(out, "### {}\n\n", title(section));
        out += "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
        for key in section.keys {
            row(&format!("`{}`", key.name), key, &mut out);
        }
        for Family { names, key } in section.families {
            row(&listed(names), key, &mut out);
        }
        out.push('\n');
    }
    out += "### Keys of LiteLLM without effect\n\n";
    out += "They are listed by `yallmp check` and do no harm.\n\n";
    for section in sections
        .iter()
        .filter(|section| !section.ignored.is_empty())
    {
        let _ = write!(
            out,
            "{}:\n\n| keys | why |\n| --- | --- |\n",
            title(section)
        );
        for Ignored { why, names } in section.ignored {
            let _ = writeln!(out, "| {} | {why} |", listed(names));
        }
        out.push('\n');
    }
    out
}

fn collect(section: &'static Section, sections: &mut Vec<&'static Section>) {
    if sections.iter().any(|known| std::ptr::eq(*known, section)) {
        return;
    }
    sections.push(section);
    for key in section.keys {
        if let Kind::Section(below)
        | Kind::Entries(below)
        | Kind::ModelPlugins(below)
        | Kind::ChoiceOrSection(_, below)
        | Kind::TextOrSection(_, below) = key.kind
        {
            collect(below, sections);
        }
    }
}

fn title(section: &Section) -> String {
    match section.name.contains(' ') {
        true => section.name.to_owned(),
        false => format!("`{}`", section.name),
    }
}

fn row(name: &str, key: &Key, out: &mut String) {
    let mut about = key.about.to_owned();
    if let Status::Approximated(how) | Status::ByValue(_, how) = key.status {
        let _ = write!(about, " **Differs from LiteLLM**: {how}.");
    }
    let kind = key.kind.expected().replace('|', "\\|");
    let _ = writeln!(out, "| {name} | {kind} | {} | {about} |", key.default);
}

fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
