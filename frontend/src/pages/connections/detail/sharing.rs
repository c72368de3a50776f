use leptos::{prelude::*, task::spawn_local};
use model::api::{AccessChange, ConnectionDetail, Empty, ShareConnection};

use super::super::sharing::{Named, Sharing, members};
use crate::{
    api::call,
    pages::settings::Section,
    session::use_session,
    text::sharing as t,
    ui::{Glyph, Icon, use_toasts},
};

/// Who may use it; each change holds at once.
#[component]
pub fn SharingSection(detail: Signal<ConnectionDetail>, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let may_change = Memo::new(move |_| detail.with(|detail| detail.access.may_change));
    view! {
        <Section title=t::WHO about=t::WHO_ABOUT>
            {move || {
                if may_change.get() {
                    view! { <Change detail on_changed/> }.into_any()
                } else {
                    view! { <Look detail/> }.into_any()
                }
            }}
        </Section>
    }
}

#[component]
fn Change(detail: Signal<ConnectionDetail>, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let (session, toasts) = (use_session(), use_toasts());
    let id = detail.with_untracked(|detail| detail.connection.id);
    let me = session.me().and_then(|me| me.user).map(|user| user.id);
    // Ahead of the server by one press, and back where it refuses.
    let restricted = RwSignal::new(false);
    let said = Memo::new(move |_| detail.with(|detail| detail.access.restricted));
    Effect::new(move |_| restricted.set(said.get()));
    let change = move |change: AccessChange| {
        if let Some(wanted) = change.restricted {
            restricted.set(wanted);
        }
        spawn_local(async move {
            match call::<ShareConnection>((id,), &Empty {}, &change).await {
                Ok(_) => toasts.done(t::CHANGED),
                Err(problem) => {
                    restricted.try_set(said.try_get_untracked().unwrap_or_default());
                    toasts.problem(&problem);
                }
            }
            on_changed();
        });
    };
    let owner = Signal::derive(move || detail.with(|detail| detail.connection.owner.as_ref().map(|owner| owner.id)));
    let always = Signal::derive(move || {
        detail.with(|detail| {
            let owner = detail.connection.owner.as_ref();
            t::always(owner, owner.is_some_and(|owner| Some(owner.id) == me))
        })
    });
    view! {
        <Sharing
            restricted
            named=Signal::derive(move || detail.with(|detail| detail.access.people.clone()))
            members=members()
            owner
            always
            on_restrict=move |restricted| change(AccessChange { restricted: Some(restricted), ..AccessChange::default() })
            on_add=move |person| change(AccessChange { add: vec![person], ..AccessChange::default() })
            on_remove=move |person| change(AccessChange { remove: vec![person], ..AccessChange::default() })
        />
    }
}

/// For whoever may not change it.
#[component]
fn Look(detail: Signal<ConnectionDetail>) -> impl IntoView {
    let restricted = Memo::new(move |_| detail.with(|detail| detail.access.restricted));
    let owner = move || detail.with(|detail| detail.connection.owner.clone());
    let said = move || {
        let (glyph, words) = if restricted.get() { (Glyph::Lock, t::ONLY) } else { (Glyph::Flow, t::EVERYBODY) };
        view! { <p class="sharing-said"><Icon glyph/><b>{words}</b></p> }
    };
    view! {
        <div class="sharing">
            {said}
            <Show when=move || restricted.get()>
                <Named named=Signal::derive(move || detail.with(|detail| detail.access.people.clone())) on_remove=None/>
                <p class="muted">{move || t::always(owner().as_ref(), false)}</p>
            </Show>
            <p class="muted">{move || t::changed_by(owner().as_ref())}</p>
        </div>
    }
}
