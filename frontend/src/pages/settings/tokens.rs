use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{Empty, ListTokens, RevokeToken, Token},
};

use super::{Section, new_token::NewTokenButton};
use crate::{
    api::call,
    load::{Loaded, load},
    moment::{Style, now},
    session::use_session,
    text::settings as t,
    ui::{Button, Chip, ConfirmDialog, Glyph, Icon, Moment, SkeletonRows, TimeAgo, Tone, use_toasts},
};

#[component]
pub fn TokensSection() -> impl IntoView {
    let session = use_session();
    view! {
        <Section title=t::TOKENS about=t::TOKENS_ABOUT>
            {move || {
                if session.may(Role::Owner) {
                    view! { <TokenList/> }.into_any()
                } else {
                    view! { <p class="muted">{t::ONLY_OWNERS}</p> }.into_any()
                }
            }}
        </Section>
    }
}

#[component]
fn TokenList() -> impl IntoView {
    let loader = load(|| async { call::<ListTokens>((), &Empty {}, &Empty {}).await });
    view! {
        <Loaded loader skeleton=|| view! { <SkeletonRows rows=2/> } let:tokens>
            <Show when=move || tokens.with(|tokens| tokens.items.is_empty())><p class="muted">{t::NO_TOKENS}</p></Show>
            <ul class="lines">
                <For
                    each=move || tokens.get().items
                    key=|token| token.id
                    children=move |token| view! { <TokenLine token on_revoked=move || loader.reload()/> }
                />
            </ul>
        </Loaded>
        <div class="card-foot"><NewTokenButton on_created=move || loader.reload()/></div>
    }
}

#[component]
fn TokenLine(token: Token, on_revoked: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let confirm = move |()| {
        busy.set(true);
        spawn_local(async move {
            match call::<RevokeToken>((token.id,), &Empty {}, &Empty {}).await {
                Ok(_) => {
                    toasts.done(t::REVOKED);
                    open.try_set(false);
                    on_revoked();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let title = t::revoke_title(&token.name);
    view! {
        <li class="line">
            <span class="line-icon"><Icon glyph=Glyph::Key/></span>
            <span class="line-words">
                <b class="cut">{token.name.clone()}</b>
                <small class="muted">
                    <span class="mono">{token.prefix.clone()} "…"</span>
                    " · "
                    {match token.last_used_at {
                        Some(at) => view! { {t::USED} " " <TimeAgo at/> }.into_any(),
                        None => t::NEVER_USED.into_any(),
                    }}
                    " · "
                    {match token.expires_at {
                        Some(at) if at < now() => t::ENDED.into_any(),
                        Some(at) => view! { {t::ENDS} " " <Moment at style=Style::Short/> }.into_any(),
                        None => t::NO_END.into_any(),
                    }}
                </small>
            </span>
            <Chip>{t::role(token.role)}</Chip>
            <Button small=true tone=Tone::Ghost on:click=move |_| open.set(true)>{t::REVOKE}</Button>
            <ConfirmDialog open title body=t::REVOKE_BODY confirm=t::REVOKE danger=true busy on_confirm=confirm/>
        </li>
    }
}
