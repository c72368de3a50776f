use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::{
    Role,
    api::{Connection, ConnectionStatus},
};

use super::super::{delete::DeleteDialog, edit::EditDialog, reconnect::Reconnect};
use crate::{
    connectors,
    pages::settings::Section,
    session::use_session,
    text::connections as t,
    ui::{Button, Glyph, Tone},
};

/// What can be done to it.
#[component]
pub fn ManageSection(connection: Connection, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let session = use_session();
    move || session.may(Role::Maker).then(|| view! { <Actions connection=connection.clone() on_changed/> })
}

#[component]
fn Actions(connection: Connection, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let (editing, deleting) = (RwSignal::new(false), RwSignal::new(false));
    let navigate = StoredValue::new_local(use_navigate());
    let is_consented =
        connectors::method(&connection.connector, &connection.method).is_some_and(super::super::connect::is_consented);
    let used = connection.used_by > 0;
    let edit = if connection.hosts.is_empty() { t::EDIT } else { t::EDIT_HOSTS };
    // One that is refused leads with its own button.
    let again = (connection.status == ConnectionStatus::Active && !connection.sandbox).then(|| {
        let (label, about) = if is_consented { (t::RECONNECT, t::RECONNECT_ABOUT) } else { (t::REPLACE, t::REPLACE_ABOUT) };
        view! {
            <li>
                <span class="grow muted">{about}</span>
                <Reconnect connection=connection.clone() label on_changed/>
            </li>
        }
    });
    let label = connection.label.clone();
    let gone = move || _ = navigate.try_with_value(|navigate| navigate("/connections", Default::default()));
    let about = if used { t::USED_ABOUT } else { t::DELETE_ABOUT };
    view! {
        <Section title=t::MANAGE>
            <ul class="actions">
                <li>
                    <span class="grow cut">{label}</span>
                    <Button icon=Glyph::Edit on:click=move |_| editing.set(true)>{edit}</Button>
                </li>
                {again}
                <li>
                    <span class="grow muted">{about}</span>
                    <Button tone=Tone::Plain icon=Glyph::Trash disabled=used on:click=move |_| deleting.set(true)>{t::DELETE}</Button>
                </li>
            </ul>
        </Section>
        <EditDialog open=editing connection=connection.clone() on_changed/>
        <DeleteDialog open=deleting connection on_changed=gone/>
    }
}
