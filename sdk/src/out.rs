use alloc::string::String;
use alloc::vec::Vec;

use crate::bindings::yallmp::patch::types::{Emission, Item, NewEvent, Outcome};
use crate::{Chunk, Json};

/// What an event hook decides about its event and about those that the plugin still holds.
///
/// ```
/// # use yallmp_sdk::{Json, Out};
/// Out::pass();                        // all that is held, then this event: byte for byte
/// Out::nothing();                     // drop it, and what is held
/// Out::hold();                        // nothing yet; keep this one too
/// Out::replace(Json::object());       // this instead (also of what is held)
/// Out::nothing().held().event(Json::object()).this();  // in this order
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Out(Decision);

#[derive(Debug, Clone, PartialEq)]
enum Decision {
    Pass,
    Emit(Parts),
    Retry(String),
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Parts {
    parts: Vec<Part>,
    keep: Keep,
    stand_in: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    This,
    Held,
    HeldAt(u32),
    New(NewEvent),
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Keep {
    #[default]
    Nothing,
    Newest(u32),
    All,
}

impl Out {
    /// Let everything that is held and this event go on, byte for byte.
    #[must_use]
    pub fn pass() -> Self {
        Out(Decision::Pass)
    }

    /// Drop this event and all that is held. Also the start of a list: [`Out::event`] and the
    /// others append to it.
    #[must_use]
    pub fn nothing() -> Self {
        Out(Decision::Emit(Parts::default()))
    }

    /// Let nothing go on yet: hold this event, and go on holding what is held.
    #[must_use]
    pub fn hold() -> Self {
        Self::nothing().keep_all()
    }

    /// Let one new event go on instead of all that is held and this one.
    #[must_use]
    pub fn replace(data: impl Into<Data>) -> Self {
        Self::nothing().event(data)
    }

    /// Throw this attempt away and try again. `reason` is for the log. Legal only before the
    /// first byte went to the client; later it counts as [`Out::pass`].
    #[must_use]
    pub fn retry(reason: impl Into<String>) -> Self {
        Out(Decision::Retry(reason.into()))
    }

    /// Then a new event.
    #[must_use]
    pub fn event(self, data: impl Into<Data>) -> Self {
        self.named_event(None, data)
    }

    /// Then a new event with an SSE `event:` field.
    #[must_use]
    pub fn named_event(self, name: Option<String>, data: impl Into<Data>) -> Self {
        let data = data.into().0;
        self.part(Part::New(NewEvent { name, data }))
    }

    /// Then this event as it came. Nothing at the end of the answer, which has no event.
    #[must_use]
    pub fn this(self) -> Self {
        self.part(Part::This)
    }

    /// Then all that was held before this event, as it came.
    #[must_use]
    pub fn held(self) -> Self {
        self.part(Part::Held)
    }

    /// Then one held event as it came; 0 is the oldest, and this event comes after the last.
    #[must_use]
    pub fn held_at(self, index: u32) -> Self {
        self.part(Part::HeldAt(index))
    }

    /// Hold back the `count` newest events, this one included.
    #[must_use]
    pub fn keep(self, count: u32) -> Self {
        self.parts(|parts| parts.keep = Keep::Newest(count))
    }

    /// Hold back this event and all that are held.
    #[must_use]
    pub fn keep_all(self) -> Self {
        self.parts(|parts| parts.keep = Keep::All)
    }

    /// What the host releases for the kept events if this instance dies. Needed when a part of
    /// them went out already. They then count as one event.
    #[must_use]
    pub fn stand_in(self, data: impl Into<Data>) -> Self {
        let data = data.into().0;
        self.parts(|parts| parts.stand_in = Some(data))
    }

    fn part(self, part: Part) -> Self {
        self.parts(|parts| parts.parts.push(part))
    }

    /// `pass` and `retry` say all there is to say; to add to `pass` is to add after it.
    fn parts(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        if self.0 == Decision::Pass {
            self = Self::nothing().held().this();
        }
        if let Decision::Emit(parts) = &mut self.0 {
            change(parts);
        }
        self
    }

    /// For the host: with `held` events held before this one.
    pub(crate) fn outcome(self, held: u32) -> Outcome {
        match self.0 {
            Decision::Pass => Outcome::Unchanged,
            Decision::Retry(reason) => Outcome::Retry(reason),
            Decision::Emit(Parts {
                parts,
                keep,
                stand_in,
            }) => Outcome::Emit(Emission {
                items: items(parts, held, Some(held)),
                keep: match keep {
                    Keep::Nothing => 0,
                    Keep::Newest(count) => count,
                    Keep::All => held + 1,
                },
                stand_in,
            }),
        }
    }

    /// For the host at the end, with `held` events held.
    pub(crate) fn last_items(self, held: u32) -> Vec<Item> {
        match self.0 {
            Decision::Pass | Decision::Retry(_) => (0..held).map(Item::Held).collect(),
            Decision::Emit(emit) => items(emit.parts, held, None),
        }
    }
}

fn items(parts: Vec<Part>, held: u32, this: Option<u32>) -> Vec<Item> {
    let mut items = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::This => items.extend(this.map(Item::Held)),
            Part::Held => items.extend((0..held).map(Item::Held)),
            Part::HeldAt(index) => items.push(Item::Held(index)),
            Part::New(event) => items.push(Item::New(event)),
        }
    }
    items
}

/// The JSON text of a new event: made from a [`Json`], a [`Chunk`] or a `String`.
#[derive(Debug, Clone, PartialEq)]
pub struct Data(String);

impl From<String> for Data {
    fn from(text: String) -> Self {
        Data(text)
    }
}

impl From<Json<'_>> for Data {
    fn from(json: Json<'_>) -> Self {
        Data(json.to_text())
    }
}

impl From<&Json<'_>> for Data {
    fn from(json: &Json<'_>) -> Self {
        Data(json.to_text())
    }
}

impl From<Chunk<'_>> for Data {
    fn from(chunk: Chunk<'_>) -> Self {
        Data(chunk.json().to_text())
    }
}

impl From<&Chunk<'_>> for Data {
    fn from(chunk: &Chunk<'_>) -> Self {
        Data(chunk.json().to_text())
    }
}

/// [`Out::pass`] if the chunk is as it came, else held events as they came and the chunk.
impl From<Chunk<'_>> for Out {
    fn from(chunk: Chunk<'_>) -> Self {
        if chunk.is_changed() {
            Out::nothing().held().event(chunk)
        } else {
            Out::pass()
        }
    }
}
