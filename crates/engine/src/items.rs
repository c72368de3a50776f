//! The elements a loop goes over.

use std::sync::Arc;

use serde_json::Value;

/// Longer lists are kept as text: parsed, an element takes some ten times the memory.
const MOST_PARSED: usize = 1_000;

pub(crate) enum Items {
    Parsed(Arc<Value>),
    /// The JSON of all elements, one after the other, and where each one ends.
    Text {
        json: Vec<u8>,
        ends: Vec<usize>,
    },
}

impl Items {
    /// Of a list; anything else has no elements.
    pub(crate) fn of(list: Arc<Value>) -> Self {
        match list.as_array() {
            Some(items) if items.len() > MOST_PARSED => Items::text(items).unwrap_or(Items::Parsed(list)),
            _ => Items::Parsed(list),
        }
    }

    fn text(items: &[Value]) -> Option<Self> {
        let (mut json, mut ends) = (Vec::new(), Vec::with_capacity(items.len()));
        for item in items {
            serde_json::to_writer(&mut json, item).ok()?;
            ends.push(json.len());
        }
        json.shrink_to_fit();
        Some(Items::Text { json, ends })
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Items::Parsed(list) => list.as_array().map_or(0, Vec::len),
            Items::Text { ends, .. } => ends.len(),
        }
    }

    /// The element at `index`.
    pub(crate) fn get(&self, index: usize) -> Option<Value> {
        match self {
            Items::Parsed(list) => list.get(index).cloned(),
            Items::Text { json, ends } => {
                let from = index.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())?;
                serde_json::from_slice(json.get(from..*ends.get(index)?)?).ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_of_long_lists_are_those_of_short_ones() {
        let element = |n: usize| match n % 4 {
            0 => json!({ "n": n, "text": "a \"b\" \u{1f600}" }),
            1 => json!([n, null, 1.5, u64::MAX, i64::MIN]),
            2 => Value::Null,
            _ => json!("]["),
        };
        let list: Vec<Value> = (0..=MOST_PARSED).map(element).collect();
        let items = Items::of(Arc::new(Value::Array(list.clone())));
        assert!(matches!(items, Items::Text { .. }));
        assert_eq!(items.len(), list.len());
        for (n, expected) in list.iter().enumerate() {
            assert_eq!(items.get(n).as_ref(), Some(expected));
        }
        assert_eq!(items.get(list.len()), None);
        let short = Items::of(Arc::new(json!(["a", "b"])));
        assert_eq!((short.len(), short.get(1), short.get(2)), (2, Some(json!("b")), None));
    }

    #[test]
    fn what_is_no_list_has_no_elements() {
        let none = Items::of(Arc::new(json!({ "a": 1 })));
        assert_eq!((none.len(), none.get(0)), (0, None));
    }
}
