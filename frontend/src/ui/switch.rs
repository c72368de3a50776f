use leptos::prelude::*;

/// On or off, at once. `label` is said by screen readers; words beside it are up to the view.
#[component]
pub fn Switch(
    #[prop(into)] on: Signal<bool>,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] on_change: Callback<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            role="switch"
            class="switch"
            aria-checked=move || if on.get() { "true" } else { "false" }
            aria-label=label
            disabled=disabled
            on:click=move |_| on_change.run(!on.get_untracked())
        >
            <span class="switch-knob"></span>
        </button>
    }
}
