use leptos::prelude::*;
use model::{
    Role,
    api::{Connection, ConnectionStatus},
};

use super::{delete::DeleteDialog, edit::EditDialog, replace::ReplaceDialog};
use crate::{
    connectors,
    session::use_session,
    text::{connections as t, status},
    ui::{Button, Chip, ChipTone, Glyph, Icon, Menu, MenuItem, MenuRule, StepTile, TimeAgo},
};

#[component]
pub fn ConnectionCard(connection: Connection, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let session = use_session();
    let (editing, replacing, deleting) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let (tone, glyph) = match connection.status {
        ConnectionStatus::Active => (ChipTone::Ok, Glyph::Check),
        ConnectionStatus::NeedsReauth => (ChipTone::Bad, Glyph::Alert),
        ConnectionStatus::Disabled => (ChipTone::Quiet, Glyph::Ban),
    };
    let method = connectors::method(&connection.connector, &connection.method)
        .map_or_else(|| connection.method.clone(), |method| method.label.clone());
    let refused = connection.status == ConnectionStatus::NeedsReauth;
    let used = connection.used_by > 0;
    let label = connection.label.clone();
    view! {
        <li class="card connection">
            <div class="connection-top">
                <StepTile kind=connection.connector.clone()/>
                <div class="connection-name">
                    <b class="cut">{connection.label.clone()}</b>
                    <span class="small muted">{format!("{} · {method}", connectors::name_of(&connection.connector))}</span>
                </div>
                <Chip tone=Signal::stored(tone) glyph=Signal::stored(Some(glyph))>{status::connection(connection.status)}</Chip>
                <Show when=move || session.may(Role::Maker)>
                    <Menu label=t::actions(&label)>
                        <MenuItem glyph=Glyph::Edit on_choose=move |()| editing.set(true)>{t::EDIT}</MenuItem>
                        <MenuItem glyph=Glyph::Key on_choose=move |()| replacing.set(true)>{t::REPLACE}</MenuItem>
                        <MenuRule/>
                        {if used {
                            view! {
                                <MenuItem glyph=Glyph::Trash danger=true disabled=true about=t::USED_ABOUT on_choose=|()| ()>{t::DELETE}</MenuItem>
                            }
                            .into_any()
                        } else {
                            view! { <MenuItem glyph=Glyph::Trash danger=true on_choose=move |()| deleting.set(true)>{t::DELETE}</MenuItem> }.into_any()
                        }}
                    </Menu>
                </Show>
            </div>
            {refused
                .then(|| {
                    view! {
                        <div class="note bad">
                            <Icon glyph=Glyph::Alert/>
                            <span class="grow">{t::NEEDS_REAUTH}</span>
                            <Button small=true on:click=move |_| replacing.set(true)>{t::REPLACE}</Button>
                        </div>
                    }
                })}
            <div class="connection-facts">
                <span class="row"><Icon glyph=Glyph::Globe/><span class="mono cut">{connection.hosts.join(", ")}</span></span>
                <span class="row"><Icon glyph=Glyph::Flow/>{t::used_by(connection.used_by)}</span>
                <span class="row"><Icon glyph=Glyph::Clock/><TimeAgo at=connection.updated_at/></span>
            </div>
            <EditDialog open=editing connection=connection.clone() on_changed/>
            <ReplaceDialog open=replacing connection=connection.clone() on_changed/>
            <DeleteDialog open=deleting connection on_changed/>
        </li>
    }
}
