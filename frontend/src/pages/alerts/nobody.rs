use leptos::prelude::*;
use model::{
    Role,
    api::{CountAlerts, Empty},
};

use crate::{
    api::call,
    load::load,
    session::use_session,
    text::alerts as t,
    ui::{Glyph, Icon, LinkButton},
};

/// Says so until a channel has delivered.
#[component]
pub fn NobodyIsTold() -> impl IntoView {
    let session = use_session();
    let count = load(|| async { call::<CountAlerts>((), &Empty {}, &Empty {}).await });
    let untold = move || count.value.with(|count| count.as_ref().is_some_and(|count| !count.is_told_outside));
    view! {
        <Show when=untold>
            <div class="note warn">
                <Icon glyph=Glyph::Alert/>
                <span class="note-words grow"><b>{t::NOBODY}</b><span>{t::NOBODY_ABOUT}</span></span>
                <Show when=move || session.may(Role::Owner)>
                    <LinkButton href="/settings#channels">{t::ADD_CHANNEL}</LinkButton>
                </Show>
            </div>
        </Show>
    }
}
