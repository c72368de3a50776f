use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use super::{Glyph, Icon, use_toasts};
use crate::{dom, text};

/// Entries shown of a list or object before one asks for more.
const PAGE: usize = 50;
/// Characters shown of a text before one asks for the rest.
const LONG: usize = 400;

/// One entry: its name, and its value or what folds out of it.
#[component]
pub fn JsonNode(name: Option<String>, path: String, value: Value, open: usize, depth: usize) -> AnyView {
    let entries = match value {
        Value::Object(map) if !map.is_empty() => map.into_iter().collect::<Vec<_>>(),
        Value::Array(list) if !list.is_empty() => {
            let total = list.len();
            let items = list.into_iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect();
            return folded(name, path, items, true, total, open, depth);
        }
        leaf => {
            return view! {
                <div class="json-line">
                    <Name name path/>
                    <Leaf value=leaf/>
                </div>
            }
            .into_any();
        }
    };
    let total = entries.len();
    folded(name, path, entries, false, total, open, depth)
}

fn folded(
    name: Option<String>,
    path: String,
    entries: Vec<(String, Value)>,
    list: bool,
    total: usize,
    open: usize,
    depth: usize,
) -> AnyView {
    // The outermost value needs no line of its own to fold.
    if name.is_none() && depth == 0 {
        return view! { <Entries entries path list open depth/> }.into_any();
    }
    let is_open = RwSignal::new(depth < open && total <= PAGE);
    let entries = StoredValue::new(entries);
    let inner_path = StoredValue::new(path.clone());
    let summary = if list { text::ui::items(total) } else { text::ui::fields(total) };
    view! {
        <div class="json-line">
            <button
                type="button"
                class="json-fold"
                aria-expanded=move || if is_open.get() { "true" } else { "false" }
                aria-label=text::ui::fold(name.as_deref().unwrap_or_default())
                on:click=move |_| is_open.update(|on| *on = !*on)
            >
                <Icon glyph=Glyph::ChevronRight/>
            </button>
            <Name name path/>
            <Show when=move || !is_open.get()>
                <span class="json-sum">{summary.clone()}</span>
            </Show>
        </div>
        <Show when=move || is_open.get()>
            <div class="json-in">
                <Entries entries=entries.get_value() path=inner_path.get_value() list open depth/>
            </div>
        </Show>
    }
    .into_any()
}

#[component]
fn Entries(entries: Vec<(String, Value)>, path: String, list: bool, open: usize, depth: usize) -> impl IntoView {
    let total = entries.len();
    let shown = RwSignal::new(PAGE.min(total));
    let entries = StoredValue::new(entries);
    let one = move |at: usize| {
        let (key, value) = entries.with_value(|entries| entries[at].clone());
        let path = join(&path, &key, list);
        view! { <JsonNode name=Some(key) path value open depth=depth + 1/> }
    };
    view! {
        <For each=move || 0..shown.get() key=|at| *at children=one/>
        <Show when=move || shown.get() < total>
            <button type="button" class="json-more" on:click=move |_| shown.update(|n| *n = (*n + 2 * PAGE).min(total))>
                {move || text::ui::show_more(shown.get(), total)}
            </button>
        </Show>
    }
}

/// An entry's name; pressing it copies the path.
#[component]
fn Name(name: Option<String>, path: String) -> impl IntoView {
    let toasts = use_toasts();
    name.map(|name| {
        let tip = text::ui::copy_path(&path);
        let copy = move |_| {
            let path = path.clone();
            spawn_local(async move {
                if dom::copy(&path).await {
                    toasts.done(text::ui::path_copied(&path));
                } else {
                    toasts.warn(text::ui::COPY_REFUSED);
                }
            });
        };
        view! { <button type="button" class="json-key" data-tip=tip on:click=copy>{name}</button> }
    })
}

#[component]
fn Leaf(value: Value) -> impl IntoView {
    match value {
        Value::Null => view! { <span class="json-null">{text::ui::NULL}</span> }.into_any(),
        Value::Bool(yes) => view! { <span class="json-bool">{yes.to_string()}</span> }.into_any(),
        Value::Number(number) => view! { <span class="json-num">{number.to_string()}</span> }.into_any(),
        Value::Array(_) => view! { <span class="json-sum">{text::ui::items(0)}</span> }.into_any(),
        Value::Object(_) => view! { <span class="json-sum">{text::ui::fields(0)}</span> }.into_any(),
        Value::String(content) if content.is_empty() => view! { <span class="json-sum">{text::ui::EMPTY_TEXT}</span> }.into_any(),
        Value::String(content) => {
            let total = content.chars().count();
            if total <= LONG {
                return view! { <span class="json-text">{content}</span> }.into_any();
            }
            let all = RwSignal::new(false);
            let start: String = content.chars().take(LONG).collect();
            view! {
                <span class="json-text">
                    {move || if all.get() { content.clone() } else { format!("{start}…") }}
                    <button type="button" class="json-more" on:click=move |_| all.update(|on| *on = !*on)>
                        {move || if all.get() { text::ui::SHOW_LESS.to_owned() } else { text::ui::show_all_characters(total) }}
                    </button>
                </span>
            }
            .into_any()
        }
    }
}

/// `a.b`, `a[3]`, `a["b c"]`.
pub fn join(path: &str, key: &str, index: bool) -> String {
    if index {
        return format!("{path}[{key}]");
    }
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !key.starts_with(|c: char| c.is_ascii_digit())
        && !key.is_empty();
    match (plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[{}]", serde_json::to_string(key).unwrap_or_default()),
    }
}
