use alloc::borrow::Cow;
use alloc::string::String;

/// A string: its decoded text, and how it was spelled if it came from JSON text.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    plain: Cow<'a, str>,
    /// What stands between the quotes. None: spell it anew when it is written.
    spelled: Option<Cow<'a, str>>,
}

impl<'a> Text<'a> {
    pub fn new(plain: impl Into<Cow<'a, str>>) -> Self {
        Text {
            plain: plain.into(),
            spelled: None,
        }
    }

    /// From between two quotes, without escapes.
    pub(super) fn verbatim(inside: &'a str) -> Self {
        Text {
            plain: Cow::Borrowed(inside),
            spelled: Some(Cow::Borrowed(inside)),
        }
    }

    /// From between two quotes, with escapes that mean `plain`.
    pub(super) fn escaped(inside: &'a str, plain: String) -> Self {
        Text {
            plain: Cow::Owned(plain),
            spelled: Some(Cow::Borrowed(inside)),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.plain
    }

    pub(super) fn spelling(&self) -> Option<&str> {
        self.spelled.as_deref()
    }

    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        let spelled = self
            .spelled
            .filter(|spelled| *spelled != self.plain)
            .map(|spelled| Cow::Owned(spelled.into_owned()));
        Text {
            plain: Cow::Owned(self.plain.into_owned()),
            spelled,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.plain == other.plain
    }
}
