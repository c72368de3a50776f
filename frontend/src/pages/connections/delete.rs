use leptos::{prelude::*, task::spawn_local};
use model::api::{Connection, DeleteConnection, Empty};

use crate::{
    api::call,
    text::connections as t,
    ui::{ConfirmDialog, use_toasts},
};

#[component]
pub fn DeleteDialog(
    open: RwSignal<bool>,
    connection: Connection,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let (id, label) = (connection.id, StoredValue::new(connection.label));
    let confirm = move |()| {
        busy.set(true);
        spawn_local(async move {
            match call::<DeleteConnection>((id,), &Empty {}, &Empty {}).await {
                Ok(gone) => {
                    let label = label.try_get_value().unwrap_or_default();
                    match gone.access_kept {
                        Some(why) => toasts.warn(t::access_kept(&label, &why)),
                        None => toasts.done(t::deleted(&label)),
                    }
                    open.try_set(false);
                    on_changed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let title = label.with_value(|label| t::delete_title(label));
    view! { <ConfirmDialog open title body=t::DELETE_BODY confirm=t::DELETE danger=true busy on_confirm=confirm/> }
}
