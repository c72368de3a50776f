mod invite;
mod invites;
mod remove;
mod row;

use leptos::prelude::*;
use model::{
    Role,
    api::{Empty, ListMembers},
};

use super::Section;
use crate::{
    api::call,
    load::{Loaded, load},
    session::use_session,
    text::members as t,
    ui::SkeletonRows,
};
use invites::OpenInvites;
use row::MemberRow;

/// Who belongs here; owners change that.
#[component]
pub fn MembersSection() -> impl IntoView {
    let session = use_session();
    let loader = load(|| async { call::<ListMembers>((), &Empty {}, &Empty {}).await });
    view! {
        <Section title=t::MEMBERS about=t::ABOUT>
            <Loaded loader skeleton=|| view! { <SkeletonRows rows=2/> } let:members>
                <ul class="lines" aria-label=t::MEMBERS>
                    <For
                        each=move || members.get().items
                        key=|member| (member.user.id, member.role, member.connections, member.tokens)
                        children=move |member| view! { <MemberRow member members on_changed=move || loader.reload()/> }
                    />
                </ul>
            </Loaded>
            {move || {
                if session.may(Role::Owner) {
                    view! { <OpenInvites/> }.into_any()
                } else {
                    view! { <p class="muted small">{t::ONLY_OWNERS}</p> }.into_any()
                }
            }}
        </Section>
    }
}
