use leptos::{html, prelude::*};

use crate::dom;

/// Tabs over a panel. The arrow keys move between them.
#[component]
pub fn Tabs<K>(
    tabs: Vec<(K, String)>,
    #[prop(into)] selected: Signal<K>,
    #[prop(into)] on_select: Callback<K>,
    #[prop(into)] label: String,
) -> impl IntoView
where
    K: Copy + PartialEq + Send + Sync + 'static,
{
    view! { <Choosing class="tabs" radios=false tabs selected on_select label/> }
}

/// Two or three exclusive choices in one pill.
#[component]
pub fn Segmented<K>(
    tabs: Vec<(K, String)>,
    #[prop(into)] selected: Signal<K>,
    #[prop(into)] on_select: Callback<K>,
    #[prop(into)] label: String,
) -> impl IntoView
where
    K: Copy + PartialEq + Send + Sync + 'static,
{
    view! { <Choosing class="segmented" radios=true tabs selected on_select label/> }
}

#[component]
fn Choosing<K>(
    class: &'static str,
    /// Radio buttons for a screen reader, not tabs over a panel.
    radios: bool,
    tabs: Vec<(K, String)>,
    selected: Signal<K>,
    on_select: Callback<K>,
    label: String,
) -> impl IntoView
where
    K: Copy + PartialEq + Send + Sync + 'static,
{
    let (list_role, role) = if radios { ("radiogroup", "radio") } else { ("tablist", "tab") };
    let node = NodeRef::<html::Div>::new();
    let key = move |event: web_sys::KeyboardEvent| {
        if let (Some(step), Some(bar)) = (dom::step_of_key(&event.key(), true), node.get_untracked()) {
            event.prevent_default();
            dom::focus_by(&dom::all(&bar, "[role=tab], [role=radio]"), step);
        }
    };
    let buttons = tabs
        .into_iter()
        .map(|(this, name)| {
            let on = move || selected.get() == this;
            view! {
                <button
                    type="button"
                    role=role
                    aria-selected=move || (!radios).then(|| if on() { "true" } else { "false" })
                    aria-checked=move || radios.then(|| if on() { "true" } else { "false" })
                    tabindex=move || if on() { "0" } else { "-1" }
                    on:click=move |_| on_select.run(this)
                >
                    {name}
                </button>
            }
        })
        .collect_view();
    view! { <div node_ref=node class=class role=list_role aria-label=label on:keydown=key>{buttons}</div> }
}
