//! A value as a tree, as a table or as it is written, with a search over it and a way to take it along.

use leptos::prelude::*;
use serde_json::Value;

use super::{Button, Glyph, JsonTree, Segmented, Tone, json_node::join};
use crate::{dom, text::ui as t};

/// Rows and columns of a table, and places told of a search.
const ROWS: usize = 200;
const COLUMNS: usize = 20;
const PLACES: usize = 100;
/// Characters of a cell, and of a value that was found.
const LONG: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Tree,
    Table,
    Raw,
}

/// What is small or no structure shows as the plain tree.
#[component]
pub fn JsonViews(
    value: Value,
    /// What the paths begin with.
    root: String,
    /// Of the file it is downloaded as, without its end.
    file: String,
) -> impl IntoView {
    let entries = match &value {
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => 0,
    };
    if entries == 0 {
        return view! { <JsonTree value=value root/> }.into_any();
    }
    let look = RwSignal::new(Look::Tree);
    let needle = RwSignal::new(String::new());
    let mut tabs = vec![(Look::Tree, t::AS_TREE.to_owned())];
    if table(&value).is_some() {
        tabs.push((Look::Table, t::TABLE.to_owned()));
    }
    tabs.push((Look::Raw, t::RAW.to_owned()));
    let value = StoredValue::new(value);
    let root = StoredValue::new(root);
    let pretty = move || value.with_value(|value| serde_json::to_string_pretty(value).unwrap_or_default());
    let download = move |_| dom::download(&format!("{file}.json"), "application/json", &pretty());
    view! {
        <div class="json-views">
            <div class="json-bar">
                <Segmented tabs selected=look on_select=move |new| look.set(new) label=t::LOOK_OF_VALUE/>
                <input
                    class="input json-find"
                    type="search"
                    placeholder=t::FIND_IN_VALUE
                    aria-label=t::FIND_IN_VALUE
                    prop:value=needle
                    on:input=move |event| needle.set(event_target_value(&event))
                />
                <Button small=true tone=Tone::Ghost icon=Glyph::Download on:click=download>{t::DOWNLOAD}</Button>
            </div>
            {move || {
                let wanted = needle.with(|needle| needle.trim().to_lowercase());
                if !wanted.is_empty() {
                    let found = value.with_value(|value| root.with_value(|root| places(value, root, &wanted)));
                    return view! { <Found found/> }.into_any();
                }
                match look.get() {
                    Look::Tree => view! { <JsonTree value=value.get_value() root=root.get_value()/> }.into_any(),
                    Look::Table => view! { <Table value=value.get_value()/> }.into_any(),
                    Look::Raw => view! { <pre class="json json-raw" tabindex="0" aria-label=t::RAW dir="auto">{pretty()}</pre> }.into_any(),
                }
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Found(found: Vec<(String, String)>) -> impl IntoView {
    if found.is_empty() {
        return view! { <p class="muted small" role="status">{t::NOT_FOUND}</p> }.into_any();
    }
    let lines = found.into_iter().map(|(path, text)| {
        view! {
            <li>
                <super::CopyButton value=path.clone() label=t::copy_path(&path) small=true/>
                <code>{path}</code>
                <span class="json-text" dir="auto">{text}</span>
            </li>
        }
    });
    view! { <ul class="json json-found">{lines.collect_view()}</ul> }.into_any()
}

#[component]
fn Table(value: Value) -> impl IntoView {
    let (columns, rows, left_out) = table(&value).unwrap_or_default();
    let head = columns.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view();
    let rows = rows.into_iter().map(|cells| {
        view! { <tr>{cells.into_iter().map(|cell| view! { <td dir="auto">{cell}</td> }).collect_view()}</tr> }
    });
    view! {
        <div class="json-table" tabindex="0" role="region" aria-label=t::TABLE>
            <table><thead><tr>{head}</tr></thead><tbody>{rows.collect_view()}</tbody></table>
        </div>
        {(left_out > 0).then(|| view! { <p class="muted small">{t::further_rows(left_out)}</p> })}
    }
}

type Rows = (Vec<String>, Vec<Vec<String>>, usize);

/// A list of objects by its fields; an object by name and value. Nothing for what is no table. Last: rows that are left out.
fn table(value: &Value) -> Option<Rows> {
    match value {
        Value::Array(items) => {
            let objects: Vec<_> = items.iter().map(Value::as_object).collect::<Option<_>>()?;
            let mut columns: Vec<String> = Vec::new();
            for key in objects.iter().take(ROWS).flat_map(|object| object.keys()) {
                if columns.len() < COLUMNS && !columns.contains(key) {
                    columns.push(key.clone());
                }
            }
            let row = |object: &&serde_json::Map<String, Value>| {
                columns.iter().map(|key| object.get(key).map(cell).unwrap_or_default()).collect()
            };
            let rows = objects.iter().take(ROWS).map(row).collect();
            (!columns.is_empty()).then_some((columns, rows, items.len().saturating_sub(ROWS)))
        }
        Value::Object(entries) => {
            let rows = entries.iter().take(ROWS).map(|(key, item)| vec![key.clone(), cell(item)]).collect();
            Some((vec![t::NAME.to_owned(), t::VALUE.to_owned()], rows, entries.len().saturating_sub(ROWS)))
        }
        _ => None,
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => shortened(text),
        other => shortened(&other.to_string()),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Paths and values where a name or a value holds the text. `needle`: in lower case.
fn places(value: &Value, root: &str, needle: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    look_into(value, root, false, needle, &mut found);
    found
}

fn look_into(value: &Value, path: &str, named: bool, needle: &str, found: &mut Vec<(String, String)>) {
    if found.len() >= PLACES {
        return;
    }
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                look_into(item, &join(path, &at.to_string(), true), false, needle, found);
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                look_into(item, &join(path, key, false), key.to_lowercase().contains(needle), needle, found);
            }
        }
        leaf => {
            let text = leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned);
            if named || text.to_lowercase().contains(needle) {
                found.push((path.to_owned(), shortened(&text)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_objects_are_tables() {
        let (columns, rows, more) = table(&json!([{ "a": 1, "b": "x" }, { "b": [2], "c": null }])).unwrap_or_default();
        assert_eq!((columns, more), (vec!["a".to_owned(), "b".into(), "c".into()], 0));
        assert_eq!(rows, [["1", "x", ""], ["", "[2]", "null"]]);
        assert!(table(&json!([1, 2])).is_none() && table(&json!("x")).is_none() && table(&json!([{}])).is_none());
        let (_, rows, more) = table(&json!(vec![json!({ "a": 1 }); 500])).unwrap_or_default();
        assert_eq!((rows.len(), more), (200, 300));
    }

    #[test]
    fn names_and_values_are_found_with_their_paths() {
        let value = json!({ "Email": "ada@x.org", "lines": [{ "sku": "A-1" }, { "sku": "b-22", "a b": true }] });
        let paths = |needle: &str| places(&value, "event", needle).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        assert_eq!(paths("ada@"), ["event.Email"]);
        assert_eq!(paths("sku"), ["event.lines[0].sku", "event.lines[1].sku"]);
        assert_eq!(paths("true"), ["event.lines[1][\"a b\"]"]);
        assert!(paths("<img onerror").is_empty());
        assert_eq!(places(&json!(vec!["same"; 500]), "", "same").len(), PLACES);
    }
}
