//! The tools of the request, read when they are first needed.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::OnceCell;

use yallmp_sdk::request::member;

use crate::tools::Tools;
use crate::tools::types::Liberties;

#[derive(Debug, Default)]
pub struct Offer {
    /// The request names tools somewhere: their text, which may be long, can wait.
    presumed: bool,
    /// The JSON text of `tools`, if a call is possible at all.
    text: OnceCell<Option<String>>,
    liberties: Liberties,
    tools: OnceCell<Rc<Tools>>,
}

impl Offer {
    pub fn new(liberties: Liberties) -> Self {
        Offer {
            liberties,
            ..Offer::default()
        }
    }

    pub fn presume(&mut self) {
        self.presumed = true;
    }

    fn text(&self) -> Option<&str> {
        let read = || {
            let forbidden = member("tool_choice").is_some_and(|choice| choice.trim() == "\"none\"");
            member("tools").filter(|tools| !forbidden && tools.contains('{'))
        };
        self.text.get_or_init(read).as_deref()
    }

    /// Whether there may be tools that may be called. Cheaper than `tools`.
    pub fn is_open(&self) -> bool {
        self.presumed || self.text().is_some()
    }

    /// Whether a string of the tools, perhaps a name, starts so. Cheaper than `tools`.
    pub fn has_name_starting(&self, start: &str) -> bool {
        let spelled = alloc::format!("\"{start}");
        self.text().is_some_and(|text| text.contains(&spelled))
    }

    pub fn tools(&self) -> Rc<Tools> {
        let read = |text| Tools::read(text, self.liberties);
        let read = || Rc::new(self.text().map(read).unwrap_or_default());
        Rc::clone(self.tools.get_or_init(read))
    }
}
