use leptos::prelude::*;

use crate::text;

/// Names the browser's tab.
pub fn set_title(title: &str) {
    document().set_title(&text::shell::document_title(title));
}

/// A page with its bar: title at the left, `actions` at the right.
#[component]
pub fn Page(
    #[prop(into)] title: Signal<String>,
    /// Beside the title: chips, a crumb before it belongs into `crumb`.
    #[prop(optional, into)]
    beside: Option<ViewFn>,
    #[prop(optional, into)] crumb: Option<ViewFn>,
    #[prop(optional, into)] actions: Option<ViewFn>,
    /// The content fills the height and scrolls its own parts.
    #[prop(optional)]
    fixed: bool,
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| set_title(&title.get()));
    view! {
        <header class="top">
            {crumb.map(|crumb| view! { <span class="crumb">{crumb.run()}</span> })}
            <h1 class="title">{title}</h1>
            {beside.map(|beside| beside.run())}
            <span class="grow"></span>
            {actions.map(|actions| view! { <div class="top-actions">{actions.run()}</div> })}
        </header>
        <div class="content" class:fixed=fixed>{children()}</div>
    }
}
