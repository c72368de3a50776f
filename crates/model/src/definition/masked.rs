use serde::{Deserialize, Serialize};

use crate::ids::StepId;

/// Characters of a path; keys of it.
const LONGEST: usize = 300;
const DEEPEST: usize = 32;

/// A field whose value is shown to nobody and not kept after the run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MaskedField {
    /// Whose output it is a field of; absent: the event's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// Keys with points between them: `body.customer.email`. A key that holds a point stands in double quotes, `*` is every key, and
    /// elements of lists are all meant: `body.lines.name`.
    pub path: String,
}

/// One key of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaskedKey {
    Key(String),
    Any,
}

impl MaskedField {
    /// The keys of the path; nothing where it is none.
    pub fn keys(&self) -> Option<Vec<MaskedKey>> {
        if self.path.chars().count() > LONGEST {
            return None;
        }
        let (mut keys, mut rest) = (Vec::new(), self.path.trim());
        loop {
            let key = if let Some(quoted) = rest.strip_prefix('"') {
                let (key, after) = quoted.split_once('"')?;
                rest = after;
                MaskedKey::Key(key.to_owned())
            } else {
                let end = rest.find('.').unwrap_or(rest.len());
                let key = rest[..end].trim();
                rest = &rest[end..];
                if key == "*" { MaskedKey::Any } else { MaskedKey::Key(key.to_owned()) }
            };
            if key == MaskedKey::Key(String::new()) || keys.len() >= DEEPEST {
                return None;
            }
            keys.push(key);
            if rest.is_empty() {
                return Some(keys);
            }
            rest = rest.strip_prefix('.')?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(path: &str) -> Option<Vec<MaskedKey>> {
        MaskedField { step: None, path: path.to_owned() }.keys()
    }

    #[test]
    fn paths_are_keys() {
        let key = |key: &str| MaskedKey::Key(key.to_owned());
        assert_eq!(keys("body.customer.email"), Some(vec![key("body"), key("customer"), key("email")]));
        assert_eq!(keys(" body.\"a.b\".* "), Some(vec![key("body"), key("a.b"), MaskedKey::Any]));
        assert_eq!(keys("body.الاسم"), Some(vec![key("body"), key("الاسم")]));
    }

    #[test]
    fn what_is_no_path_is_none() {
        for path in ["", " ", ".", "body.", ".body", "a..b", "\"open", "\"a\"b", "\"\""] {
            assert_eq!(keys(path), None, "{path}");
        }
        assert_eq!(keys(&"x".repeat(301)), None);
        assert_eq!(keys(&["x"; 33].join(".")), None);
    }
}
