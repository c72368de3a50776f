//! How deep data from outside may nest. Journals put it deeper still, and readers of JSON give up at 128 levels.

use serde_json::Value;

use crate::Error;

/// Lists and objects within each other.
const MOST_LEVELS: usize = 100;

/// `what`: the data, as the sender knows it.
pub(crate) fn check(what: &str, value: &Value) -> Result<(), Error> {
    if fits(value, MOST_LEVELS) {
        return Ok(());
    }
    Err(Error::Invalid(format!("In {what} lists and objects stand within each other more than {MOST_LEVELS} levels deep.")))
}

/// Never looks deeper than `levels`, so its own recursion is bounded.
fn fits(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| fits(item, levels - 1)),
        Value::Object(entries) => levels > 0 && entries.values().all(|item| fits(item, levels - 1)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_levels() {
        let nested = |levels| {
            (0..levels).fold(Value::from(1), |inner, n| {
                if n % 2 == 0 { Value::Array(vec![inner]) } else { serde_json::json!({ "in": inner }) }
            })
        };
        assert!(check("it", &nested(MOST_LEVELS)).is_ok());
        assert!(check("it", &nested(MOST_LEVELS + 1)).is_err());
    }
}
