use leptos::prelude::*;

use super::{Glyph, Icon, field::FieldIds};

/// One choice of a [`Select`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// Shown greyed, and cannot be chosen.
    pub disabled: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Choice { value: value.into(), label: label.into(), disabled: false }
    }

    pub fn disabled(self) -> Self {
        Choice { disabled: true, ..self }
    }
}

/// A native choice list: the system's own on a phone, typing jumps in it.
#[component]
pub fn Select(
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// Set where a label is not visible.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] compact: bool,
) -> impl IntoView {
    let ids = FieldIds::here();
    view! {
        <span class="select" class:compact=compact>
            <select
                id=ids.input.clone()
                class="input"
                aria-label=label
                aria-describedby=ids.described_by()
                disabled=disabled
                on:change=move |event| on_change.run(event_target_value(&event))
                prop:value=move || {
                    choices.track();
                    value.get()
                }
            >
                {move || {
                    let chosen = value.get_untracked();
                    choices
                        .get()
                        .into_iter()
                        .map(|choice| {
                            let selected = choice.value == chosen;
                            view! { <option value=choice.value selected=selected disabled=choice.disabled>{choice.label}</option> }
                        })
                        .collect_view()
                }}
            </select>
            <Icon glyph=Glyph::ChevronDown/>
        </span>
    }
}
