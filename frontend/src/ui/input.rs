use leptos::{html, prelude::*};

use super::{Glyph, Icon, IconButton, field::FieldIds};
use crate::text;

/// One line of text.
#[component]
pub fn TextInput(
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_input: Callback<String>,
    /// `text`, `email`, `number`, `url`, `date` ...
    #[prop(optional, into)]
    kind: Option<String>,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] autocomplete: Option<String>,
    /// Set where a label is not visible.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] required: bool,
    #[prop(optional)] mono: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let ids = FieldIds::here();
    let invalid = ids.invalid;
    let node = NodeRef::<html::Input>::new();
    focus_when_shown(node, autofocus);
    view! {
        <input
            node_ref=node
            class="input"
            class:mono=mono
            id=ids.input.clone()
            type=kind.unwrap_or_else(|| "text".into())
            prop:value=value
            on:input=move |event| on_input.run(event_target_value(&event))
            placeholder=placeholder
            autocomplete=autocomplete.unwrap_or_else(|| "off".into())
            aria-label=label
            aria-describedby=ids.described_by()
            aria-invalid=move || invalid.get().then_some("true")
            // A dialog gives its focus to the element with this attribute.
            autofocus=autofocus
            required=required
            disabled=disabled
            spellcheck="false"
        />
    }
}

fn focus_when_shown(node: NodeRef<html::Input>, wanted: bool) {
    if wanted {
        Effect::new(move |_| {
            if let Some(input) = node.get() {
                // The element takes the focus only once it stands in the document.
                request_animation_frame(move || _ = input.focus());
            }
        });
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_input: Callback<String>,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] label: Option<String>,
    #[prop(default = 3)] rows: u32,
    #[prop(optional)] mono: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let ids = FieldIds::here();
    let invalid = ids.invalid;
    view! {
        <textarea
            class="input area"
            class:mono=mono
            id=ids.input.clone()
            rows=rows.to_string()
            prop:value=value
            on:input=move |event| on_input.run(event_target_value(&event))
            placeholder=placeholder
            aria-label=label
            aria-describedby=ids.described_by()
            aria-invalid=move || invalid.get().then_some("true")
            disabled=disabled
            spellcheck="false"
        ></textarea>
    }
}

/// A secret, hidden until it is asked for.
#[component]
pub fn PasswordInput(
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_input: Callback<String>,
    /// `current-password`, `new-password` or `off`.
    #[prop(into)]
    autocomplete: String,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let ids = FieldIds::here();
    let invalid = ids.invalid;
    let shown = RwSignal::new(false);
    let node = NodeRef::<html::Input>::new();
    focus_when_shown(node, autofocus);
    view! {
        <span class="input-wrap">
            <input
                node_ref=node
                class="input with-end"
                id=ids.input.clone()
                type=move || if shown.get() { "text" } else { "password" }
                prop:value=value
                on:input=move |event| on_input.run(event_target_value(&event))
                placeholder=placeholder
                autocomplete=autocomplete
                autofocus=autofocus
                aria-describedby=ids.described_by()
                aria-invalid=move || invalid.get().then_some("true")
                spellcheck="false"
            />
            <span class="input-end">
                {move || {
                    let (glyph, label) = if shown.get() { (Glyph::EyeOff, text::ui::HIDE) } else { (Glyph::Eye, text::ui::SHOW) };
                    view! { <IconButton glyph label=label.to_owned() small=true on:click=move |_| shown.update(|on| *on = !*on)/> }
                }}
            </span>
        </span>
    }
}

/// A search field with a way to clear it.
#[component]
pub fn SearchInput(
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_input: Callback<String>,
    #[prop(into)] label: String,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let clear = move |_| {
        on_input.run(String::new());
        if let Some(input) = node.get_untracked() {
            let _ = input.focus();
        }
    };
    view! {
        <span class="input-wrap search">
            <span class="input-start"><Icon glyph=Glyph::Search/></span>
            <input
                node_ref=node
                class="input with-start with-end"
                type="search"
                prop:value=value
                on:input=move |event| on_input.run(event_target_value(&event))
                placeholder=label.clone()
                aria-label=label
                autocomplete="off"
                spellcheck="false"
            />
            <span class="input-end">
                <Show when=move || value.with(|value| !value.is_empty())>
                    <IconButton glyph=Glyph::Close label=text::ui::CLEAR.to_owned() small=true on:click=clear/>
                </Show>
            </span>
        </span>
    }
}
