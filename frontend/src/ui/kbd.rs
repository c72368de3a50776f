use leptos::prelude::*;

/// A key, or several pressed together: `Ctrl K`.
#[component]
pub fn Kbd(#[prop(into)] keys: String) -> impl IntoView {
    let keys: Vec<_> = keys.split(' ').map(|key| view! { <kbd>{key.to_owned()}</kbd> }).collect();
    view! { <span class="kbd">{keys}</span> }
}
