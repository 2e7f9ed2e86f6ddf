//! Patterns of names: `*` stands for any characters, case does not count.

/// Patterns of which one has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Globs(Vec<String>);

impl Globs {
    pub fn new<'a>(globs: impl IntoIterator<Item = &'a str>) -> Self {
        Self(globs.into_iter().map(str::to_ascii_lowercase).collect())
    }

    /// The first that passes a test.
    pub fn find(&self, test: impl Fn(&str) -> bool) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|glob| test(glob))
    }

    pub fn matching(&self, text: &str) -> Option<&str> {
        let text = text.to_ascii_lowercase();
        self.find(|glob| fits(glob, &text))
    }

    /// The same for the name of a model, with or without what stands before its last `/`:
    /// `deepseek-v4*` is about `deepseek/deepseek-v4-pro` too.
    pub fn of_model(&self, model: &str) -> Option<&str> {
        let model = model.to_ascii_lowercase();
        let short = model.rsplit('/').next().unwrap_or_default();
        self.find(|glob| fits(glob, &model) || fits(glob, short))
    }
}

/// The address of a backend as patterns see it.
#[derive(Debug)]
pub struct Address {
    /// Host, port and path.
    text: String,
    /// Bytes of the host, and of host and port.
    host: usize,
    authority: usize,
}

impl Address {
    pub fn of(base: &str) -> Self {
        let text = base.split_once("://").map_or(base, |(_, rest)| rest);
        let text = text.split('?').next().unwrap_or_default();
        let text = text.to_ascii_lowercase();
        let authority = text.find('/').unwrap_or(text.len());
        let port = text[..authority]
            .rfind(':')
            .filter(|at| !text[*at..authority].contains(']'));
        Self {
            host: port.unwrap_or(authority),
            authority,
            text,
        }
    }

    /// A pattern with a path is about all of the address, one with a port about host and
    /// port, any other about the host.
    pub fn fits(&self, glob: &str) -> bool {
        let end = if glob.contains('/') {
            self.text.len()
        } else if glob.rfind(':') > glob.rfind(']') {
            self.authority
        } else {
            self.host
        };
        fits(glob, &self.text[..end])
    }
}

/// Both in lower case.
fn fits(glob: &str, text: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else {
        return glob == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let Some((middle, last)) = rest.rsplit_once('*') else {
        return text.ends_with(rest);
    };
    for part in middle.split('*') {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (glob, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*bc", "abc", true),
            ("ab*bc", "abc", false),
            ("*b*", "abc", true),
            ("*b*b*", "abc", false),
            ("a*b*c", "axbxc", true),
            ("a*c*b", "axbxc", false),
        ] {
            assert_eq!(fits(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn a_pattern_is_about_the_host_the_port_or_the_path() {
        let address = Address::of("https://API.z.ai:8443/api/paas/v4?a=b");
        for (glob, expected) in [
            ("api.z.ai", true),
            ("*.z.ai", true),
            ("z.ai", false),
            ("api.z.ai:8443", true),
            ("*:8443", true),
            ("api.z.ai:443", false),
            ("api.z.ai:8443/api/paas/*", true),
            ("*/api/paas/*", true),
            ("*/api/coding/*", false),
        ] {
            assert_eq!(address.fits(glob), expected, "{glob}");
        }
        assert!(Address::of("http://[::1]/v1").fits("[::1]"));
        assert!(Address::of("http://[::1]:80").fits("[::1]"));
    }

    #[test]
    fn a_model_may_have_a_vendor_before_it() {
        let globs = Globs::new(["DeepSeek-V4*", "x/*"]);
        assert_eq!(
            globs.of_model("deepseek/deepseek-v4-pro"),
            Some("deepseek-v4*")
        );
        assert_eq!(globs.of_model("DeepSeek-V4"), Some("deepseek-v4*"));
        assert_eq!(globs.of_model("x/y"), Some("x/*"));
        assert_eq!(globs.of_model("deepseek-v3"), None);
    }
}
