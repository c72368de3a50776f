use leptos::prelude::*;

/// A key, or several pressed together: `Ctrl K`. Where the keyboard has a command key, that stands for Ctrl.
#[component]
pub fn Kbd(#[prop(into)] keys: String) -> impl IntoView {
    let of_mac = window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"));
    let key = |key: &str| {
        match key {
            "Ctrl" if of_mac => "⌘",
            "Shift" if of_mac => "⇧",
            "Alt" if of_mac => "⌥",
            other => other,
        }
        .to_owned()
    };
    let keys: Vec<_> = keys.split(' ').map(|one| view! { <kbd>{key(one)}</kbd> }).collect();
    view! { <span class="kbd">{keys}</span> }
}
