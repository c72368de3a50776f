use leptos::{prelude::*, task::spawn_local};
use model::api::{DeleteWorkflow, Empty};

use super::list::About;
use crate::{
    api::call,
    text::workflows as t,
    ui::{ConfirmDialog, open_while, use_toasts},
};

#[component]
pub fn DeleteDialog(about: RwSignal<Option<About>>, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let (open, busy) = (open_while(about), RwSignal::new(false));
    let title = move || about.with(|about| about.as_ref().map(|about| t::delete_title(&about.name))).unwrap_or_default();
    let confirm = move |()| {
        let Some(About { id, name }) = about.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            match call::<DeleteWorkflow>((id,), &Empty {}, &Empty {}).await {
                Ok(_) => {
                    toasts.done(t::deleted(&name));
                    on_changed();
                    open.try_set(false);
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! { <ConfirmDialog open title=Signal::derive(title) body=t::DELETE_BODY confirm=t::DELETE danger=true busy on_confirm=confirm/> }
}
