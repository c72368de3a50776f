use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{CancelRun, Empty, ResumeRun},
    ids::RunId,
};

use crate::{
    api::call,
    text::run as t,
    ui::{Button, ConfirmDialog, Glyph, Tone, use_toasts},
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

/// Lets a run go on that the system holds, or that is paused.
#[component]
pub fn ResumeButton(id: RunId, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let resume = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match call::<ResumeRun>((id,), &Empty {}, &Empty {}).await {
                Ok(_) => toasts.done(t::RESUMED),
                Err(problem) => toasts.problem(&problem),
            }
            // Also where it was refused: somebody else has let it go on, or ended it.
            on_changed();
            busy.try_set(false);
        });
    };
    view! { <Button tone=Tone::Primary icon=Glyph::Play busy on:click=resume>{t::RESUME}</Button> }
}
