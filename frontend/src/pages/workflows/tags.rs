//! The tags of one workflow.

use leptos::{prelude::*, task::spawn_local};
use model::api::{Empty, NewTags, TagWorkflow};

use super::list::About;
use crate::{
    api::call,
    text::{ui, workflows as t},
    ui::{Button, Dialog, Field, TextInput, Tone, use_toasts},
};

#[component]
pub fn TagsDialog(
    /// With the tags it has.
    about: RwSignal<Option<(About, Vec<String>)>>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if about.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            about.set(None);
        }
    });
    let title =
        Signal::derive(move || about.with(|about| about.as_ref().map(|(about, _)| t::tags_of(&about.name)).unwrap_or_default()));
    view! { <Dialog open title><TagsForm about open on_changed/></Dialog> }
}

#[component]
fn TagsForm(
    about: RwSignal<Option<(About, Vec<String>)>>,
    open: RwSignal<bool>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let typed = RwSignal::new(about.with_untracked(|about| about.as_ref().map(|(_, tags)| tags.join(", "))).unwrap_or_default());
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(id) = about.with_untracked(|about| about.as_ref().map(|(about, _)| about.id)) else { return };
        let new = NewTags { tags: typed.with_untracked(|typed| typed.split(',').map(str::to_owned).collect()) };
        if let Err(reason) = new.checked() {
            refused.set(Some(reason));
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match call::<TagWorkflow>((id,), &Empty {}, &new).await {
                Ok(_) => {
                    toasts.done(t::TAGGED);
                    on_changed();
                    open.set(false);
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::TAGS hint=t::TAGS_HINT.to_owned() error=refused>
                <TextInput value=typed on_input=move |v| typed.set(v) autofocus=true/>
            </Field>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{ui::SAVE}</Button>
            </footer>
        </form>
    }
}
