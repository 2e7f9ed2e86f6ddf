use alloc::borrow::Cow;
use alloc::string::String;

/// A number, as spelled: `1.50` and `1.5` stay what they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Number<'a>(Cow<'a, str>);

impl<'a> Number<'a> {
    /// `spelling` must be a JSON number; see `parse`.
    pub(super) fn spelled(spelling: &'a str) -> Self {
        Number(Cow::Borrowed(spelling))
    }

    pub(super) fn owned(spelling: String) -> Self {
        Number(Cow::Owned(spelling))
    }

    #[must_use]
    pub fn spelling(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_owned(self) -> Number<'static> {
        Number(Cow::Owned(self.0.into_owned()))
    }
}
