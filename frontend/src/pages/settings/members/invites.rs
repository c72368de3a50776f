use leptos::{prelude::*, task::spawn_local};
use model::api::{Empty, Invite, ListInvites, RevokeInvite};

use super::invite::InviteButton;
use crate::{
    api::call,
    load::{Loaded, load},
    text::members as t,
    ui::{Button, Glyph, Icon, SkeletonRows, Tone, use_toasts},
};

/// Invitations that nobody has accepted yet.
#[component]
pub fn OpenInvites() -> impl IntoView {
    let loader = load(|| async { call::<ListInvites>((), &Empty {}, &Empty {}).await });
    view! {
        <Loaded loader skeleton=|| view! { <SkeletonRows rows=1/> } let:invites>
            <Show when=move || invites.with(|invites| !invites.items.is_empty())>
                <h3 class="panel-sub">{t::OPEN_INVITES}</h3>
                <ul class="lines" aria-label=t::OPEN_INVITES>
                    <For
                        each=move || invites.get().items
                        key=|invite| invite.id
                        children=move |invite| view! { <InviteRow invite on_changed=move || loader.reload()/> }
                    />
                </ul>
            </Show>
        </Loaded>
        <div class="card-foot"><InviteButton on_created=move || loader.reload()/></div>
    }
}

#[component]
fn InviteRow(invite: Invite, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let id = invite.id;
    let revoke = move |_| {
        busy.set(true);
        spawn_local(async move {
            match call::<RevokeInvite>((id,), &Empty {}, &Empty {}).await {
                Ok(_) => {
                    toasts.done(t::TAKEN_BACK);
                    on_changed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! {
        <li class="line">
            <span class="line-icon"><Icon glyph=Glyph::Send/></span>
            <span class="line-words">
                <b class="cut">{invite.email.clone().unwrap_or_else(|| t::ANYBODY.to_owned())}</b>
                <small class="muted">{t::invited(invite.role, invite.expires_at, &invite.created_by)}</small>
            </span>
            <Button small=true tone=Tone::Ghost busy on:click=revoke>{t::TAKE_BACK}</Button>
        </li>
    }
}
