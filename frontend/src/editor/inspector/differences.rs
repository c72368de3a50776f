//! What a step gave now and did not in the test before.

use leptos::prelude::*;
use serde_json::Value;

use crate::{editor::mapping::tree, text::editor as t};

/// So many are shown.
const MOST: usize = 20;

#[component]
pub fn Differences(before: Value, now: Value) -> impl IntoView {
    let mut found = Vec::new();
    compare("", &before, &now, &mut found);
    let (more, shown) = (found.len().saturating_sub(MOST), found.into_iter().take(MOST));
    let rows = shown.map(|one| {
        let side = |value: Option<Value>| value.map_or_else(|| t::WAS_MISSING.to_owned(), |value| tree::preview(&value));
        view! { <li><code>{one.path}</code><span><del dir="auto">{side(one.before)}</del>" "<ins dir="auto">{side(one.now)}</ins></span></li> }
    });
    let rows = rows.collect_view();
    (!rows.is_empty()).then(|| {
        view! {
            <details class="result-part" prop:open=true data-testid="differences">
                <summary>{t::DIFFERS_FROM_LAST}</summary>
                <ul class="differs">{rows}{(more > 0).then(|| view! { <li>{t::more_differences(more)}</li> })}</ul>
            </details>
        }
    })
}

#[derive(Debug, PartialEq)]
struct Difference {
    path: String,
    before: Option<Value>,
    now: Option<Value>,
}

/// The deepest places that differ; lists of another length differ as a whole.
fn compare(path: &str, before: &Value, now: &Value, found: &mut Vec<Difference>) {
    if before == now {
        return;
    }
    match (before, now) {
        (Value::Object(then), Value::Object(map)) => {
            let inner = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            for (key, value) in map {
                match then.get(key) {
                    Some(before) => compare(&inner(key), before, value, found),
                    None => found.push(Difference { path: inner(key), before: None, now: Some(value.clone()) }),
                }
            }
            for (key, value) in then.iter().filter(|(key, _)| !map.contains_key(*key)) {
                found.push(Difference { path: inner(key), before: Some(value.clone()), now: None });
            }
        }
        (Value::Array(then), Value::Array(items)) if then.len() == items.len() => {
            for (at, (before, now)) in then.iter().zip(items).enumerate() {
                compare(&format!("{path}[{at}]"), before, now, found);
            }
        }
        _ => found.push(Difference { path: path.to_owned(), before: Some(before.clone()), now: Some(now.clone()) }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_the_places_that_differ() {
        let mut found = Vec::new();
        let (before, now) =
            (json!({ "a": { "b": [1, 2] }, "same": 1, "gone": true }), json!({ "a": { "b": [1, 3] }, "same": 1, "new": null }));
        compare("", &before, &now, &mut found);
        let told: Vec<String> = found.iter().map(|one| format!("{} {:?} {:?}", one.path, one.before, one.now)).collect();
        assert_eq!(told, ["a.b[1] Some(Number(2)) Some(Number(3))", "new None Some(Null)", "gone Some(Bool(true)) None"]);
        let mut none = Vec::new();
        compare("", &before, &before.clone(), &mut none);
        assert_eq!(none, []);
    }
}
