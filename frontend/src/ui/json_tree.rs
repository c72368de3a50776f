use leptos::prelude::*;
use serde_json::Value;

use super::{CopyButton, json_node::JsonNode};
use crate::text;

/// A JSON value as a tree that folds. Long texts and lists show their beginning; any part's path can be copied.
#[component]
pub fn JsonTree(
    #[prop(into)] value: Signal<Value>,
    /// What the paths begin with: `event.body`.
    #[prop(optional, into)]
    root: String,
    /// Levels that are open at first.
    #[prop(default = 2)]
    open: usize,
) -> impl IntoView {
    let root = StoredValue::new(root);
    let whole = Signal::derive(move || value.with(|value| serde_json::to_string_pretty(value).unwrap_or_default()));
    view! {
        <div class="json">
            <span class="json-copy"><CopyButton value=whole label=text::ui::COPY_JSON small=true/></span>
            {move || {
                let value = value.get();
                view! { <JsonNode name=None path=root.get_value() value open depth=0/> }
            }}
        </div>
    }
}
