//! A form of one line, in a dialog.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::Problem,
    text::ui,
    ui::{Button, Field, TextInput, Tone},
};

#[component]
pub fn LineForm<Save, Saved>(
    label: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    value: String,
    open: RwSignal<bool>,
    /// The button's words.
    confirm: &'static str,
    /// Begins to keep what was typed; `Err`: what is wrong with it.
    save: Save,
) -> impl IntoView
where
    Save: Fn(String) -> Result<Saved, String> + 'static,
    Saved: Future<Output = Result<(), Problem>> + 'static,
{
    let typed = RwSignal::new(value);
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let saved = match save(typed.get_untracked()) {
            Ok(saved) => saved,
            Err(reason) => return refused.set(Some(reason)),
        };
        busy.set(true);
        spawn_local(async move {
            match saved.await {
                Ok(()) => _ = open.try_set(false),
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label hint=hint.map(str::to_owned) error=refused>
                <TextInput
                    value=typed
                    on_input=move |v| {
                        typed.set(v);
                        refused.set(None);
                    }
                    autofocus=true
                />
            </Field>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{confirm}</Button>
            </footer>
        </form>
    }
}
