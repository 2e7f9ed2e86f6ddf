//! The part of JSON Schema that says what a value may be.

use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

/// References that lead in a circle end here.
const MAX_STEPS: u8 = 32;

/// A set of JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    pub const NONE: Types = Types(0);
    pub const NULL: Types = Types(1);
    pub const BOOLEAN: Types = Types(2);
    pub const INTEGER: Types = Types(4);
    /// Numbers that are no integers.
    pub const FRACTION: Types = Types(8);
    pub const STRING: Types = Types(16);
    pub const ARRAY: Types = Types(32);
    pub const OBJECT: Types = Types(64);
    pub const ANY: Types = Types(127);

    pub fn has(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub const fn with(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// `number`: integers are numbers too.
    pub const NUMBER: Types = Types(12);

    fn named(name: &str) -> Types {
        match name {
            "null" => Types::NULL,
            "boolean" => Types::BOOLEAN,
            "integer" => Types::INTEGER,
            "number" => Types::NUMBER,
            "string" => Types::STRING,
            "array" => Types::ARRAY,
            "object" => Types::OBJECT,
            _ => Types::ANY,
        }
    }

    /// The type of a value.
    pub fn of(value: &Json<'_>) -> Types {
        match value {
            Json::Null => Types::NULL,
            Json::Bool(_) => Types::BOOLEAN,
            Json::Number(number) if number.spelling().contains(['.', 'e', 'E']) => Types::FRACTION,
            Json::Number(_) => Types::INTEGER,
            Json::String(_) => Types::STRING,
            Json::Array(_) => Types::ARRAY,
            Json::Object(_) => Types::OBJECT,
        }
    }

    /// What a value may be that starts with this byte.
    pub fn starting_with(byte: u8) -> Types {
        match byte {
            b'"' => Types::STRING,
            b'{' => Types::OBJECT,
            b'[' => Types::ARRAY,
            b't' | b'f' => Types::BOOLEAN,
            b'n' => Types::NULL,
            b'-' | b'0'..=b'9' => Types::NUMBER,
            _ => Types::NONE,
        }
    }
}

/// A schema, and the one at the root that its references are resolved in.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'s> {
    root: &'s Json<'s>,
    here: &'s Json<'s>,
    liberties: Liberties,
}

/// What is taken for a value's meaning though it is not certain.
#[derive(Debug, Default, Clone, Copy)]
pub struct Liberties {
    /// A single value is a list of it where a list is due.
    pub lists: bool,
    /// `True` and `FALSE` in a string are booleans where one is due, not `true` and `false` alone.
    pub any_case: bool,
}

impl<'s> Schema<'s> {
    pub fn root(root: &'s Json<'s>) -> Self {
        Schema {
            root,
            here: root,
            liberties: Liberties::default(),
        }
    }

    #[must_use]
    pub fn with(self, liberties: Liberties) -> Self {
        Schema { liberties, ..self }
    }

    /// For what models write as text: Python's words are no mistakes there.
    #[must_use]
    pub fn in_any_case(self) -> Self {
        let any_case = true;
        self.with(Liberties {
            any_case,
            ..self.liberties
        })
    }

    pub fn liberties(self) -> Liberties {
        self.liberties
    }

    fn at(self, here: &'s Json<'s>) -> Self {
        Schema { here, ..self }
    }

    /// What it lets a value be. `ANY` for what it does not say.
    pub fn types(self) -> Types {
        self.types_within(MAX_STEPS)
    }

    fn types_within(self, steps: u8) -> Types {
        let Some(steps) = steps.checked_sub(1) else {
            return Types::ANY;
        };
        let union = |list: &'s Json<'s>, each: &dyn Fn(&'s Json<'s>) -> Types| {
            let items = list.as_array()?.iter();
            Some(items.fold(Types::NONE, |all, item| all.with(each(item))))
        };
        let mut types = Types::ANY;
        let mut narrow = |to: Option<Types>| {
            if let Some(to) = to {
                types = Types(types.0 & to.0);
            }
        };
        if let Some(target) = self.reference() {
            narrow(Some(target.types_within(steps)));
        }
        match self.here.get("type") {
            Some(Json::String(name)) => narrow(Some(Types::named(name.as_str()))),
            Some(list) => narrow(union(list, &|name| {
                Types::named(name.as_str().unwrap_or_default())
            })),
            None => {}
        }
        if let Some(list) = self.here.get("enum") {
            narrow(union(list, &|value| Types::of(value)));
        }
        if let Some(value) = self.here.get("const") {
            narrow(Some(Types::of(value)));
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(list) = self.here.get(key) {
                narrow(union(list, &|schema| self.at(schema).types_within(steps)));
            }
        }
        if let Some(all) = self.here.get("allOf").and_then(Json::as_array) {
            for schema in all {
                narrow(Some(self.at(schema).types_within(steps)));
            }
        }
        match self.here.get("nullable").and_then(Json::as_bool) {
            Some(true) => types.with(Types::NULL),
            _ => types,
        }
    }

    fn reference(self) -> Option<Self> {
        let pointer = self.here.get("$ref")?.as_str()?.strip_prefix('#')?;
        self.root.pointer(pointer).map(|here| self.at(here))
    }

    /// The schema of a member.
    pub fn property(self, name: &str) -> Option<Self> {
        self.find(MAX_STEPS, &|here| here.get("properties")?.get(name))
    }

    /// All members that it names.
    pub fn properties(self) -> Option<&'s Object<'s>> {
        let found = self.find(MAX_STEPS, &|here| here.get("properties"));
        found?.here.as_object()
    }

    /// The schema of an array's items.
    pub fn items(self) -> Option<Self> {
        self.find(MAX_STEPS, &|here| here.get("items"))
    }

    /// Whether it says anything of items or members.
    pub fn looks_inside(self) -> bool {
        let inside = |here: &'s Json<'s>| here.get("properties").or(here.get("items"));
        self.find(MAX_STEPS, &inside).is_some()
    }

    fn find(self, steps: u8, look: &dyn Fn(&'s Json<'s>) -> Option<&'s Json<'s>>) -> Option<Self> {
        let steps = steps.checked_sub(1)?;
        if let Some(found) = look(self.here) {
            return Some(self.at(found));
        }
        let branches = ["anyOf", "oneOf", "allOf"].into_iter();
        self.reference()
            .and_then(|target| target.find(steps, look))
            .or_else(|| {
                branches
                    .filter_map(|key| self.here.get(key)?.as_array())
                    .flat_map(|list| list.iter())
                    .find_map(|schema| self.at(schema).find(steps, look))
            })
    }

    /// Whether a list of values, if there is one, has this one.
    pub fn lists(self, value: &Json<'_>) -> bool {
        let listed = self.here.get("enum").and_then(Json::as_array);
        let constant = self.here.get("const");
        listed.is_none_or(|list| list.iter().any(|item| item == value))
            && constant.is_none_or(|constant| constant == value)
    }
}
