use leptos::{prelude::*, task::spawn_local};
use model::api::{Empty, EndAllSessions};

use crate::{
    api::call,
    session::use_session,
    text::settings as t,
    ui::{Button, ConfirmDialog, Glyph, use_toasts},
};

/// Signs every browser out, this one too, after asking.
#[component]
pub fn EndAllButton() -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let confirm = move |()| {
        busy.set(true);
        spawn_local(async move {
            match call::<EndAllSessions>((), &Empty {}, &Empty {}).await {
                Ok(_) => session.forget(),
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! {
        <div class="card-foot">
            <Button icon=Glyph::SignOut on:click=move |_| open.set(true)>{t::END_ALL}</Button>
        </div>
        <ConfirmDialog open title=t::END_ALL body=t::END_ALL_BODY confirm=t::END_ALL danger=true busy on_confirm=confirm/>
    }
}
