//! Where people are told of alerts.

mod form;

use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{Channel, DeleteChannel, Empty, ListChannels, TestChannel},
};

use super::Section;
use crate::{
    api::call,
    load::{Loaded, load},
    session::use_session,
    text::alerts as t,
    ui::{Button, Chip, ChipTone, ConfirmDialog, Dialog, Glyph, Icon, Menu, MenuItem, MenuRule, SkeletonRows, use_toasts},
};
use form::ChannelForm;

#[component]
pub fn ChannelsSection() -> impl IntoView {
    let session = use_session();
    let may = move || session.may(Role::Owner);
    let loader = load(|| async { call::<ListChannels>((), &Empty {}, &Empty {}).await });
    let open = RwSignal::new(false);
    view! {
        <div id="channels">
            <Section title=t::CHANNELS about=t::CHANNELS_ABOUT>
                <Loaded loader skeleton=|| view! { <SkeletonRows rows=2/> } let:channels>
                    <Show when=move || channels.with(|channels| channels.items.is_empty())>
                        <p class="muted">{t::NO_CHANNELS}</p>
                    </Show>
                    <ul class="lines">
                        {move || {
                            channels
                                .get()
                                .items
                                .into_iter()
                                .map(|channel| view! { <ChannelLine channel on_changed=move || loader.reload()/> })
                                .collect_view()
                        }}
                    </ul>
                </Loaded>
                <div class="card-foot">
                    <Show when=may fallback=|| view! { <p class="muted">{t::ONLY_OWNERS}</p> }>
                        <Button icon=Glyph::Plus on:click=move |_| open.set(true)>{t::NEW}</Button>
                    </Show>
                </div>
                <Dialog open title=t::NEW><ChannelForm open before=None on_saved=move || loader.reload()/></Dialog>
            </Section>
        </div>
    }
}

#[component]
fn ChannelLine(channel: Channel, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let (session, toasts) = (use_session(), use_toasts());
    let (editing, deleting, busy) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let id = channel.id;
    let test = move |_| {
        busy.set(true);
        spawn_local(async move {
            match call::<TestChannel>((id,), &Empty {}, &Empty {}).await {
                Ok(test) if test.sent => toasts.done(t::TESTED),
                Ok(test) => toasts.warn(test.message.unwrap_or_default()),
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
            on_changed();
        });
    };
    let delete = move |()| {
        busy.set(true);
        spawn_local(async move {
            match call::<DeleteChannel>((id,), &Empty {}, &Empty {}).await {
                Ok(_) => {
                    toasts.done(t::DELETED);
                    deleting.try_set(false);
                    on_changed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let (tone, word) = match (&channel.error, channel.enabled, channel.proven_at) {
        (_, false, _) => (ChipTone::Quiet, t::SWITCHED_OFF),
        (Some(_), ..) => (ChipTone::Bad, t::FAILS),
        (None, true, Some(_)) => (ChipTone::Ok, t::WORKS),
        (None, true, None) => (ChipTone::Warn, t::UNPROVEN),
    };
    let glyph = if channel.kind.has_url() { Glyph::Chat } else { Glyph::Send };
    let (name, error) = (channel.name.clone(), channel.error.clone());
    let stored = StoredValue::new(channel.clone());
    view! {
        <li class="line">
            <span class="line-icon"><Icon glyph/></span>
            <span class="line-words">
                <b class="cut">{channel.name.clone()}</b>
                <small class="muted cut">{t::channel_kind(&channel.kind)} " · " {t::place(&channel)}</small>
                {error.map(|error| view! { <small class="bad">{error}</small> })}
            </span>
            <Chip tone=Signal::stored(tone)>{word}</Chip>
            <Show when=move || session.may(Role::Owner)>
                <Button small=true busy on:click=test>{t::TEST}</Button>
                <Menu label=t::actions(&stored.with_value(|channel| channel.name.clone()))>
                    <MenuItem glyph=Glyph::Edit on_choose=move |()| editing.set(true)>{t::EDIT}</MenuItem>
                    <MenuRule/>
                    <MenuItem glyph=Glyph::Trash danger=true on_choose=move |()| deleting.set(true)>{t::DELETE}</MenuItem>
                </Menu>
            </Show>
            <Dialog open=editing title=t::edit_title(&name)>
                <ChannelForm open=editing before=Some(stored.get_value()) on_saved=on_changed/>
            </Dialog>
            <ConfirmDialog
                open=deleting
                title=t::delete_title(&name)
                body=t::DELETE_BODY
                confirm=t::DELETE
                danger=true
                busy
                on_confirm=delete
            />
        </li>
    }
}
