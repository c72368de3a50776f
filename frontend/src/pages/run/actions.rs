use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{CancelRun, Empty},
    ids::RunId,
};

use crate::{
    api::call,
    text::run as t,
    ui::{Button, ConfirmDialog, Glyph, use_toasts},
};

/// Cancels a run that has not ended, after asking.
#[component]
pub fn CancelButton(id: RunId, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let confirm = move |()| {
        busy.set(true);
        spawn_local(async move {
            match call::<CancelRun>((id,), &Empty {}, &Empty {}).await {
                Ok(_) => {
                    toasts.done(t::CANCELLED);
                    open.try_set(false);
                    on_changed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Button icon=Glyph::Ban on:click=move |_| open.set(true)>{t::CANCEL}</Button>
        <ConfirmDialog open title=t::CANCEL_TITLE body=t::CANCEL_BODY confirm=t::CANCEL danger=true busy on_confirm=confirm/>
    }
}
