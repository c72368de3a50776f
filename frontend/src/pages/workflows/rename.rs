use leptos::{prelude::*, task::spawn_local};
use model::api::{Empty, RenameWorkflow, WorkflowPatch};

use super::list::About;
use crate::{
    api::call,
    text::{ui, workflows as t},
    ui::{Button, Dialog, Field, TextInput, Tone, use_toasts},
};

#[component]
pub fn RenameDialog(about: RwSignal<Option<About>>, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
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
    view! { <Dialog open title=t::RENAME_TITLE><RenameForm about open on_changed/></Dialog> }
}

#[component]
fn RenameForm(
    about: RwSignal<Option<About>>,
    open: RwSignal<bool>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let name = RwSignal::new(about.with_untracked(|about| about.as_ref().map(|about| about.name.clone())).unwrap_or_default());
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(id) = about.with_untracked(|about| about.as_ref().map(|about| about.id)) else { return };
        let name = name.get_untracked().trim().to_owned();
        if name.is_empty() {
            refused.set(Some(t::NEED_NAME.into()));
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match call::<RenameWorkflow>((id,), &Empty {}, &WorkflowPatch { name }).await {
                Ok(_) => {
                    toasts.done(t::RENAMED);
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
            <Field label=t::NAME error=refused>
                <TextInput value=name on_input=move |v| name.set(v) autofocus=true/>
            </Field>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::RENAME}</Button>
            </footer>
        </form>
    }
}
