use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in the step's `input` or the connection's values.
    pub key: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub placeholder: String,
    #[serde(flatten)]
    pub kind: FieldKind,
    /// Must have a value when the step runs. Only for fields that are always shown and have no default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Used where the step says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Folded away at first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub advanced: bool,
    /// May hold a reference to a secret (`secrets.NAME`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret_ok: bool,
    /// Is a secret itself: sealed at rest, never shown again. Only in connections.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Shown only while another field has one of these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_when: Option<ShownWhen>,
    /// What the text or the JSON value is, more closely: decides the editor and the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FieldFormat>,
    /// Offers values from the account. A value typed by hand or mapped from data is still allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options_from: Option<OptionsFrom>,
    /// The names of a `key_value` field are columns or properties of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields_from: Option<FieldsFrom>,
    /// What a value typed by a person must look like. Only in connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// The other side clears its value when it gets null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clearable: bool,
}

/// What a whole number within bounds is: "at least 1", "between 1 and 100"; nothing where there are none.
pub fn bounds(min: Option<i64>, max: Option<i64>) -> Option<String> {
    match (min, max) {
        (Some(min), Some(max)) => Some(format!("between {min} and {max}")),
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
        (None, None) => None,
    }
}

/// What a text or JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldFormat {
    Email,
    Url,
    /// `2026-03-31`, without a time.
    Date,
    /// RFC 3339: `2026-03-31T09:00:00Z`.
    DateTime,
    Html,
    Markdown,
    /// A list of texts; text with commas is split.
    TextList,
    /// A list of objects.
    ObjectList,
    /// A file value: `{name, media_type, base64}`.
    File,
    /// A list of file values.
    FileList,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    LongText,
    Number {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
    },
    Switch,
    Choice {
        options: Vec<Choice>,
    },
    /// Names with values: an object.
    KeyValue {
        /// Names to offer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggest: Vec<String>,
    },
    /// Any JSON value.
    Json,
    /// The body of a request: JSON, form entries or text, as the form's `body_kind` says. Needed whenever it is shown.
    Body,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownWhen {
    pub field: String,
    pub is: Vec<String>,
}

/// Values of a field, read from the account by a load of the connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionsFrom {
    /// The name of a load.
    pub load: String,
    /// Expression over `item`: what is sent.
    pub value: String,
    /// Text with `{item.name}`: what a person sees.
    pub label: String,
    /// Expression over `item`; others are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_if: Option<String>,
    /// The other side filters by what is typed: the load uses `search`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub searches: bool,
    /// Fields that must be filled in first; the load uses them as `input.<field>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

/// Fields of a form, read from the account by a load of the connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldsFrom {
    /// The name of a load.
    pub load: String,
    /// Expression over `item`: the name that is sent.
    pub key: String,
    /// Text with `{item.label}`.
    pub label: String,
    /// Text with `{item.description}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Expression over `item`: the vendor's name of the type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
    /// From the vendor's types to ours; those not named are text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, VendorType>,
    /// Expression over `item`: the list of choices, where the type is `choice`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<String>,
    /// Expression over `item`, which is one choice then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice_value: Option<String>,
    /// Text over `item`, which is one choice then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice_label: Option<String>,
    /// Expression over `item`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<String>,
    /// Expression over `item`; others are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_if: Option<String>,
    /// Fields that must be filled in first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

/// A vendor's type as one of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorType {
    pub kind: VendorKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FieldFormat>,
    /// Expression over `value`: how a value is written for the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encode: Option<String>,
    /// Expression over `value`: how the vendor's value is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decode: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorKind {
    Text,
    LongText,
    Number,
    Switch,
    Choice,
    Json,
}

/// The form of a short value such as a shop's name, without regular expressions: what may be cut off, and what may remain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Cut off at the start where present, in this order: `https://`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strip_start: Vec<String>,
    /// Cut off at the end where present, in this order: `/`, `.myshopify.com`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strip_end: Vec<String>,
    /// Characters and ranges: `a-z0-9-`. A `-` for itself stands last.
    pub allow: String,
    /// Longest text in characters.
    #[serde(default = "Pattern::longest")]
    pub longest: usize,
}

impl Pattern {
    fn longest() -> usize {
        253
    }

    /// The value without what is cut off; nothing when it does not fit.
    pub fn accept<'a>(&self, value: &'a str) -> Option<&'a str> {
        let mut value = value.trim();
        for start in &self.strip_start {
            value = value.strip_prefix(start.as_str()).unwrap_or(value);
        }
        for end in &self.strip_end {
            value = value.strip_suffix(end.as_str()).unwrap_or(value);
        }
        let fits = !value.is_empty() && value.chars().count() <= self.longest && value.chars().all(|c| self.allows(c));
        fits.then_some(value)
    }

    fn allows(&self, c: char) -> bool {
        let allow: Vec<char> = self.allow.chars().collect();
        let mut at = 0;
        while let Some(first) = allow.get(at) {
            match (allow.get(at + 1), allow.get(at + 2)) {
                (Some('-'), Some(last)) => {
                    if (*first..=*last).contains(&c) {
                        return true;
                    }
                    at += 3;
                }
                _ => {
                    if *first == c {
                        return true;
                    }
                    at += 1;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_said_as_far_as_there_are_any() {
        assert_eq!(bounds(Some(1), Some(10)).as_deref(), Some("between 1 and 10"));
        assert_eq!((bounds(Some(0), None).as_deref(), bounds(None, Some(5)).as_deref()), (Some("at least 0"), Some("at most 5")));
        assert_eq!(bounds(None, None), None);
    }

    #[test]
    fn what_people_paste_becomes_the_name() {
        let shop = Pattern {
            strip_start: vec!["https://".into()],
            strip_end: vec!["/".into(), ".myshopify.com".into()],
            allow: "a-z0-9-".into(),
            longest: 10,
        };
        for (pasted, name) in [
            ("my-shop", Some("my-shop")),
            (" https://my-shop.myshopify.com/ ", Some("my-shop")),
            ("evil.example/", None),
            ("a/b", None),
            ("x@evil", None),
            ("", None),
            ("https://", None),
            ("much-too-long-name", None),
        ] {
            assert_eq!(shop.accept(pasted), name, "{pasted}");
        }
    }
}
