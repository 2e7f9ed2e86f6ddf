//! A file that has been read, while others may still find something wrong with it: plugins
//! their settings, the program a file that is named in it. What they find stands in the
//! report like everything else.

use std::path::Path;

use super::diag::Severity;
use super::findings::Findings;
use super::keys::KeyUse;
use super::place::{Part, Place};
use super::raw::Mark;
use super::{Config, Loaded, Report};

pub struct Draft<'a> {
    pub(super) config: Option<Config>,
    pub(super) findings: Findings<'a>,
    pub(super) keys: Vec<KeyUse>,
}

impl Draft<'_> {
    /// What could be understood; with errors in the file it is not fit for use. None: nothing
    /// could.
    pub fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }

    /// Something is wrong with a plugin.
    pub fn plugin(
        &mut self,
        severity: Severity,
        (place, part): (&Place, Part<'_>),
        message: String,
        hint: Option<String>,
    ) {
        let (mark, path) = place.find(part);
        self.findings.push(severity, mark, &path, message, hint);
    }

    /// A file that is named in the configuration cannot be used.
    pub fn file(&mut self, file: &Path, message: &str) {
        let named = self
            .findings
            .files
            .iter()
            .filter(|named| named.file == file);
        let mut places: Vec<_> = named.map(|it| (it.mark, it.path.clone())).collect();
        if places.is_empty() {
            places.push((Mark::default(), String::new()));
        }
        for (mark, path) in places {
            self.findings
                .push(Severity::Error, mark, &path, message, None);
        }
    }

    /// All that was found, and the configuration if it is fit for use.
    pub fn finish(self) -> (Option<Config>, Report) {
        let report = Report {
            problems: self.findings.finish(),
            keys: self.keys,
        };
        let fit = report.errors() == 0;
        (self.config.filter(|_| fit), report)
    }

    /// The same for whoever has nothing to add.
    pub fn load(self) -> Result<Loaded, Report> {
        match self.finish() {
            (Some(config), report) => Ok(Loaded { config, report }),
            (None, report) => Err(report),
        }
    }
}
