//! Names that no step, variable root or loop name may take.

/// Root names and words of the expression language. A step's slug must be none of them.
pub const RESERVED: &[&str] = &[
    "event", "vars", "run", "secrets", "steps", "item", "loop", "self", "true", "false", "none", "null", "True", "False", "None",
    "and", "or", "not", "in", "is", "if", "else", "for",
];

/// Root names under which data is found.
pub(crate) const ROOTS: [&str; 3] = ["event", "vars", "run"];
