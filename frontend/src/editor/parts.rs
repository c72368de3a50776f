//! Small pieces that several forms and the settings share.

use leptos::prelude::*;

use super::problems::FieldProblems;
use crate::{text::editor as t, ui::Switch};

/// A switch with what it is for; what it asks more shows while it is on.
#[component]
pub fn Toggle(
    label: &'static str,
    #[prop(into)] on: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
    #[prop(optional)] about: &'static str,
    /// Where problems of it stand.
    #[prop(optional)]
    at: &'static str,
    #[prop(optional)] children: Option<ChildrenFn>,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let open = Memo::new(move |_| on.get());
    view! {
        <div class="ed-field ed-switch" data-field=at>
            <div class="ed-switch-row">
                <span class="ed-label">{label}</span>
                <Switch on label=label.to_owned() on_change/>
            </div>
            {(!about.is_empty()).then(|| view! { <p class="ed-hint">{about}</p> })}
            {move || open.get().then(|| children.with_value(|children| children.as_ref().map(|children| children())))}
            {(!at.is_empty()).then(|| view! { <FieldProblems at=at.to_owned()/> })}
        </div>
    }
}

/// A whole number in a sentence. What is out of bounds is brought back into them when the field is left.
#[component]
pub fn Count(
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<u64>,
    #[prop(into)] on_change: Callback<u64>,
    #[prop(default = 1)] least: u64,
    #[prop(default = u64::MAX)] most: u64,
) -> impl IntoView {
    let typed = move |event| {
        if let Ok(n) = event_target_value(&event).trim().parse::<u64>()
            && (least..=most).contains(&n)
        {
            on_change.run(n);
        }
    };
    let left = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        if let Ok(n) = input.value().trim().parse::<u64>() {
            on_change.run(n.clamp(least, most));
        }
        input.set_value(&value.get_untracked().to_string());
    };
    view! {
        <input
            class="input tiny"
            type="number"
            min=least.to_string()
            max=(most < u64::MAX).then(|| most.to_string())
            aria-label=label
            prop:value=move || value.get().to_string()
            on:input=typed
            on:change=left
        />
    }
}

/// What later steps find under the step's name.
#[component]
pub fn Gives(#[prop(into)] fields: Signal<&'static [(&'static str, &'static str)]>) -> impl IntoView {
    view! {
        <div class="gives">
            <h4>{t::GIVES}</h4>
            <dl>
                {move || fields.get().iter().map(|(name, about)| view! { <dt><code>{*name}</code></dt><dd>{*about}</dd> }).collect_view()}
            </dl>
        </div>
    }
}
