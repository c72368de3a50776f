use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{ChangeMember, Empty, Member, MemberChange, Members},
};

use super::remove::RemoveDialog;
use crate::{
    api::call,
    moment::Style,
    session::use_session,
    text::{members as t, settings},
    ui::{Button, Chip, Choice, Glyph, Icon, Moment, Select, TimeAgo, Tone, use_toasts},
};

/// One member; for an owner with what can be changed.
#[component]
pub fn MemberRow(
    member: Member,
    members: Signal<Members>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let id = member.user.id;
    let is_me = session.me().and_then(|me| me.user).is_some_and(|user| user.id == id);
    // Others come and go while this row stays.
    let is_last_owner = Memo::new(move |_| {
        let owners = members.with(|members| members.items.iter().filter(|one| one.role == Role::Owner).count());
        member.role == Role::Owner && owners == 1
    });
    let may_change = session.may(Role::Owner);
    let role = RwSignal::new(member.role);
    let change = move |text: String| {
        let Some(new) = Role::parse(&text) else { return };
        let before = role.get_untracked();
        role.set(new);
        spawn_local(async move {
            match call::<ChangeMember>((id,), &Empty {}, &MemberChange { role: new }).await {
                Ok(_) => {
                    toasts.done(t::ROLE_CHANGED);
                    // Whoever gave away their own right sees the pages as they are now.
                    if is_me {
                        session.open();
                    }
                    on_changed();
                }
                Err(problem) => {
                    role.try_set(before);
                    toasts.problem(&problem);
                }
            }
        });
    };
    let removing = RwSignal::new(false);
    let roles: Vec<Choice> = Role::ALL.iter().rev().map(|role| Choice::new(role.as_str(), settings::role(*role))).collect();
    let kept = StoredValue::new(member.clone());
    view! {
        <li class="line member">
            <span class="line-icon"><Icon glyph=Glyph::Person/></span>
            <span class="line-words">
                <b class="cut">{member.user.name.clone()}</b>
                <small class="muted">
                    <span class="cut">{member.user.email.clone()}</span>
                    " · "
                    {match member.last_seen_at {
                        Some(at) => view! { {t::SEEN} " " <TimeAgo at/> }.into_any(),
                        None => view! { {t::SINCE} " " <Moment at=member.since style=Style::Short/> }.into_any(),
                    }}
                    {(member.connections > 0).then(|| format!(" · {}", t::owns(member.connections)))}
                </small>
            </span>
            {is_me.then(|| view! { <Chip>{t::YOU}</Chip> })}
            {move || if may_change && !is_last_owner.get() {
                let name = kept.with_value(|member| member.user.name.clone());
                view! {
                    <Select
                        compact=true
                        label=t::role_of(&name)
                        choices=roles.clone()
                        value=Signal::derive(move || role.get().as_str().to_owned())
                        on_change=change
                    />
                    <Button small=true tone=Tone::Ghost attr:aria-label=t::remove_one(&name) on:click=move |_| removing.set(true)>{t::REMOVE}</Button>
                    <RemoveDialog open=removing member=kept members on_removed=on_changed/>
                }
                .into_any()
            } else {
                let why = (may_change && is_last_owner.get()).then(|| t::LAST_OWNER.to_owned());
                let said = why.clone().map(|why| view! { <span class="sr-only">{why}</span> });
                view! { <span data-tip=why><Chip>{settings::role(member.role)}</Chip>{said}</span> }.into_any()
            }}
        </li>
    }
}
