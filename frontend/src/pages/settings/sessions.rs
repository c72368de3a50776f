use leptos::{prelude::*, task::spawn_local};
use model::api::{Empty, EndSession, ListSessions, Session};

use super::{Section, end_all::EndAllButton};
use crate::{
    api::call,
    load::{Loaded, load},
    text::settings as t,
    ui::{Button, Chip, ChipTone, Glyph, Icon, SkeletonRows, TimeAgo, Tone, use_toasts},
};

#[component]
pub fn SessionsSection() -> impl IntoView {
    let loader = load(|| async { call::<ListSessions>((), &Empty {}, &Empty {}).await });
    view! {
        <Section title=t::SESSIONS about=t::SESSIONS_ABOUT>
            <Loaded loader skeleton=|| view! { <SkeletonRows rows=2/> } let:sessions>
                <ul class="lines">
                    <For
                        each=move || sessions.get().items
                        key=|session| session.id.clone()
                        children=move |session| view! { <SessionLine session on_ended=move || loader.reload()/> }
                    />
                </ul>
            </Loaded>
            <EndAllButton/>
        </Section>
    }
}

#[component]
fn SessionLine(session: Session, on_ended: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let id = StoredValue::new(session.id);
    let end = move |_| {
        busy.set(true);
        let id = id.get_value();
        spawn_local(async move {
            match call::<EndSession>((id,), &Empty {}, &Empty {}).await {
                Ok(_) => {
                    toasts.done(t::SESSION_ENDED);
                    on_ended();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! {
        <li class="line">
            <span class="line-icon"><Icon glyph=Glyph::Monitor/></span>
            <span class="line-words">
                <b class="cut">{t::browser(&session.user_agent)}</b>
                <small class="muted">{t::LAST_SEEN} " " <TimeAgo at=session.last_seen_at/></small>
            </span>
            {if session.current {
                view! { <Chip tone=Signal::stored(ChipTone::Accent)>{t::THIS_SESSION}</Chip> }.into_any()
            } else {
                view! { <Button small=true tone=Tone::Ghost busy on:click=end>{t::END_SESSION}</Button> }.into_any()
            }}
        </li>
    }
}
