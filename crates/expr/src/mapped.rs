//! The typed tree a mapped input is made of. Template text is only a leaf of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How one input of a step gets its value from the data of earlier steps.
///
/// *Missing*, *null* and *empty text* are three different values: [`Mapped::Omit`] leaves the entry out,
/// [`Mapped::Null`] sends `null`, a [`Mapped::Literal`] of `""` sends empty text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mapped {
    /// A fixed JSON value, used as it stands.
    Literal(Value),
    /// Text with pills. A template of exactly one pill or expression keeps that value's own type.
    Template(Vec<Part>),
    /// One raw expression; its value keeps its type.
    Expr(String),
    /// An object, entry by entry; entries whose value is missing are left out.
    Object(Vec<Entry>),
    /// A list; items whose value is missing are left out.
    List(Vec<Mapped>),
    /// One item per element of a list.
    Each(Box<Each>),
    /// Leave the entry out.
    Omit,
    /// Send `null`.
    Null,
}

/// One entry of a [`Mapped::Object`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    pub key: Mapped,
    pub value: Mapped,
}

/// Maps every element of a list: `item` is evaluated with the element bound to the name `as`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Each {
    pub over: Mapped,
    /// The name under which `item` and `keep_if` see the element.
    #[serde(rename = "as")]
    pub name: String,
    pub item: Mapped,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_if: Option<Condition>,
}

/// A piece of template text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Text(String),
    Pill(Pill),
    /// A raw expression between `{{` and `}}`, which names steps by their slugs.
    Expr(String),
}

/// A reference to a field of the event or of an earlier step's output, by the step's id, so that renaming a step does not break it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pill {
    pub source: Source,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Seg>,
    /// Formatters, applied from left to right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub format: Vec<Format>,
}

/// Where a pill takes its value from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What the trigger delivered: `event.body`, `event.headers`, `event.query` ...
    Event,
    /// The output of the step with this id.
    Step(String),
    /// A variable of the workspace or workflow.
    Var,
    /// Facts about the run: `run.id`, `run.now`.
    Run,
    /// A name bound by an enclosing [`Each`] or loop.
    Local(String),
}

/// One segment of a path; keys may hold dots, spaces and quotes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Seg {
    Index(u32),
    Key(String),
}

/// A named formatter with its arguments, e.g. `{"name":"default","args":["unknown"]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Format {
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Value>,
}

/// A yes/no question about the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Every one holds (true when empty).
    All(Vec<Condition>),
    /// At least one holds (false when empty).
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Test(Test),
    /// A raw expression that must give true or false.
    Expr(String),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Test {
    pub left: Mapped,
    pub op: Op,
    /// Absent for operators that look at one value only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Mapped>,
}

/// Comparison operators. Numeric text counts as a number next to a number, and where two numeric texts are ordered; two texts are
/// equal only when they are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Equals,
    NotEquals,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    GreaterThan,
    AtLeast,
    LessThan,
    AtMost,
    IsTrue,
    IsFalse,
    IsMissing,
    IsNull,
    IsEmpty,
    /// Neither missing, null nor empty.
    HasValue,
}

impl Op {
    /// Every operator, in the order a menu shows them.
    pub const ALL: [Op; 16] = [
        Op::Equals,
        Op::NotEquals,
        Op::Contains,
        Op::NotContains,
        Op::StartsWith,
        Op::EndsWith,
        Op::GreaterThan,
        Op::AtLeast,
        Op::LessThan,
        Op::AtMost,
        Op::IsTrue,
        Op::IsFalse,
        Op::IsMissing,
        Op::IsNull,
        Op::IsEmpty,
        Op::HasValue,
    ];

    /// Whether the operator compares with a second value.
    pub fn takes_right(self) -> bool {
        !matches!(self, Op::IsTrue | Op::IsFalse | Op::IsMissing | Op::IsNull | Op::IsEmpty | Op::HasValue)
    }
}

impl Mapped {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Mapped::Literal(Value::String(text.into()))
    }

    /// A single pill without formatters.
    pub fn pill(source: Source, path: impl IntoIterator<Item = Seg>) -> Self {
        Mapped::Template(vec![Part::Pill(Pill { source, path: path.into_iter().collect(), format: Vec::new() })])
    }
}

impl From<&str> for Seg {
    fn from(key: &str) -> Self {
        Seg::Key(key.to_owned())
    }
}
