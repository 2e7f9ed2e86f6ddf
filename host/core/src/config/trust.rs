//! `ssl_verify`: how a backend's certificate is checked.

use std::path::Path;

use super::Trust;
use super::findings::{At, Findings};

/// `true`, `false` or a file of authorities. `folder` is what a file is relative to; without
/// one no file may be named.
pub fn trust(at: &At<'_>, folder: Option<&Path>, findings: &mut Findings<'_>) -> Option<Trust> {
    match at.node.as_flag() {
        Some(true) => return Some(Trust::System),
        Some(false) => {
            let message = "certificates are not checked: whoever stands between this proxy and \
                           the backend can read keys and answers";
            let hint = "`ssl_verify: FILE.pem` trusts an authority of your own";
            findings.warn(at, message, Some(hint.to_owned()));
            return Some(Trust::Anyone);
        }
        None => {}
    }
    if at.node.first_unset().is_some() {
        return None;
    }
    let file = at.node.as_text()?.trim();
    if file.is_empty() {
        return None;
    }
    let Some(folder) = folder else {
        let message = "`ssl_verify` must be `true` or `false` here";
        let hint = "files are named in the configuration file";
        findings.error(at, message, Some(hint.to_owned()));
        return None;
    };
    let file = folder.join(file);
    findings.names_file(at, file.clone());
    Some(Trust::Only(file))
}
