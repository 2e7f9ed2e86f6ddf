//! Text about tool calls is not a tool call: what stands in code or in thoughts is left alone.

/// Follows Markdown code and `<think>` over the text outside of calls.
#[derive(Debug, Default)]
pub struct Quoting {
    thinking: bool,
    /// How many backticks opened the code block that is open.
    fence: usize,
    /// How many backticks opened the code span that is open; it ends with the line at last.
    span: usize,
    /// Backticks that the text read so far ends in.
    run: usize,
}

impl Quoting {
    pub const THINK: &str = "<think>";
    pub const THINK_END: &str = "</think>";

    /// For a text that is all thoughts.
    pub fn thinking() -> Self {
        Quoting {
            thinking: true,
            ..Quoting::default()
        }
    }

    pub fn is_thinking(&self) -> bool {
        self.thinking
    }

    /// Whether what follows here is code.
    pub fn is_code(&self) -> bool {
        let after = self.after_run();
        after.fence > 0 || after.span > 0
    }

    /// Whether the state hangs on text that may hold no backtick: the very next character, or
    /// the end of the line.
    pub fn needs_all_text(&self) -> bool {
        self.run > 0 || self.span > 0
    }

    pub fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            if byte == b'`' {
                self.run += 1;
                continue;
            }
            if self.run > 0 {
                *self = self.after_run();
            }
            if byte == b'\n' {
                self.span = 0;
            }
        }
        // The matcher hands over tags whole.
        match text {
            Self::THINK => self.thinking = true,
            Self::THINK_END => self.thinking = false,
            _ => {}
        }
    }

    /// The state when the run of backticks is over.
    fn after_run(&self) -> Quoting {
        let Quoting {
            thinking,
            mut fence,
            mut span,
            run,
        } = *self;
        match run {
            0 => {}
            _ if fence > 0 => {
                if run >= fence {
                    fence = 0;
                }
            }
            _ if span > 0 => {
                if run == span {
                    span = 0;
                }
            }
            1 | 2 => span = run,
            _ => fence = run,
        }
        Quoting {
            thinking,
            fence,
            span,
            run: 0,
        }
    }
}
