//! Objects as names with values: queries and forms, nested with brackets.

use manifest::ListStyle;
use serde_json::Value;
use url::form_urlencoded;

use crate::error::CallError;
use crate::http::input::scalar;

/// Lists and objects within each other.
const MOST_LEVELS: usize = 12;

/// The pairs of an object, in order; null is left out.
pub(super) fn pairs(value: &Value, lists: ListStyle) -> Result<Vec<(String, String)>, CallError> {
    let mut pairs = Vec::new();
    match value {
        Value::Null => {}
        Value::Object(entries) => {
            for (name, value) in entries {
                push(name, value, lists, 0, &mut pairs)?;
            }
        }
        _ => return Err(CallError::input("", "input.type", "Names with values are needed for a form")),
    }
    Ok(pairs)
}

/// `a=1&b=x+y`
pub(super) fn encode(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn push(name: &str, value: &Value, lists: ListStyle, level: usize, pairs: &mut Vec<(String, String)>) -> Result<(), CallError> {
    if level > MOST_LEVELS {
        return Err(CallError::input(name, "input.depth", format!("\"{name}\" nests deeper than {MOST_LEVELS} levels")));
    }
    match value {
        Value::Null => {}
        Value::Object(entries) => {
            for (key, value) in entries {
                push(&format!("{name}[{key}]"), value, lists, level + 1, pairs)?;
            }
        }
        Value::Array(items) => match lists {
            ListStyle::Comma => {
                let texts: Vec<_> = items.iter().filter_map(scalar).collect();
                if !texts.is_empty() {
                    pairs.push((name.to_owned(), texts.join(",")));
                }
            }
            ListStyle::Json => pairs.push((name.to_owned(), value.to_string())),
            ListStyle::Repeat | ListStyle::Brackets | ListStyle::Indices => {
                for (index, item) in items.iter().enumerate() {
                    // An object in a list needs its index, or its fields could not be told from the next one's.
                    let name = match lists {
                        ListStyle::Repeat if !item.is_object() => name.to_owned(),
                        ListStyle::Brackets if !item.is_object() => format!("{name}[]"),
                        _ => format!("{name}[{index}]"),
                    };
                    push(&name, item, lists, level + 1, pairs)?;
                }
            }
        },
        one => pairs.extend(scalar(one).map(|text| (name.to_owned(), text))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_style() {
        let value = json!({"a": [1, "x y"], "b": {"c": true, "d": null}, "e": [{"f": 1}]});
        let written = |lists| encode(&pairs(&value, lists).expect("pairs")).replace("%5B", "[").replace("%5D", "]");
        assert_eq!(written(ListStyle::Repeat), "a=1&a=x+y&b[c]=true&e[0][f]=1");
        assert_eq!(written(ListStyle::Brackets), "a[]=1&a[]=x+y&b[c]=true&e[0][f]=1");
        assert_eq!(written(ListStyle::Indices), "a[0]=1&a[1]=x+y&b[c]=true&e[0][f]=1");
        assert!(written(ListStyle::Comma).starts_with("a=1%2Cx+y&"));
    }

    #[test]
    fn names_cannot_break_out() {
        let found = encode(&pairs(&json!({"a&b=c": "d&e=f"}), ListStyle::Repeat).expect("pairs"));
        assert_eq!(found, "a%26b%3Dc=d%26e%3Df");
        let mut deep = json!(1);
        for _ in 0..20 {
            deep = json!({ "a": deep });
        }
        assert!(pairs(&deep, ListStyle::Repeat).is_err());
        assert!(pairs(&json!([1]), ListStyle::Repeat).is_err());
    }
}
