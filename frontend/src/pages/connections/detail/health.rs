use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{Connection, Empty, TestConnection},
};

use super::super::card::StatusChip;
use crate::{
    api::call,
    moment::{Style, now},
    pages::settings::Section,
    session::use_session,
    text::connections as t,
    ui::{Button, Glyph, Icon, Moment, TimeAgo},
};

/// Whether it works: its state, its tokens, and a call to try it.
#[component]
pub fn HealthSection(connection: Connection, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let session = use_session();
    let Connection { id, status, refreshed_at, expires_at, ends_at, sandbox, usable, .. } = connection;
    let (busy, said) = (RwSignal::new(false), RwSignal::new(None::<Result<(), String>>));
    let test = move |_| {
        busy.set(true);
        said.set(None);
        spawn_local(async move {
            let answer = call::<TestConnection>((id,), &Empty {}, &Empty {}).await;
            let found = match answer {
                Ok(tested) if tested.works => Ok(()),
                Ok(tested) => Err(t::failed_test(&tested.message.unwrap_or_default())),
                Err(problem) => Err(problem.message),
            };
            said.try_set(Some(found));
            busy.try_set(false);
            // The state may have changed by it; what was said stays while it is read again.
            if status_may_change(said) {
                on_changed();
            }
        });
    };
    let ends = expires_at.map(|at| {
        let name = if at < now() { t::ENDED } else { t::ENDS };
        view! { <div><dt>{name}</dt><dd><Moment at style=Style::Short/></dd></div> }
    });
    let renewed = match refreshed_at {
        Some(at) => view! { <TimeAgo at/> }.into_any(),
        None if ends_at.is_some() => view! { <span class="muted">{t::CANNOT_RENEW}</span> }.into_any(),
        None => view! { <span class="muted">{t::NOT_RENEWED}</span> }.into_any(),
    };
    let tokens = (expires_at.is_some() || refreshed_at.is_some())
        .then(|| view! { <div><dt>{t::RENEWED}</dt><dd>{renewed}</dd></div> {ends} });
    view! {
        <Section title=t::HEALTH about=t::HEALTH_ABOUT>
            <dl class="facts">
                <div><dt>{t::STATUS}</dt><dd><StatusChip status/></dd></div>
                {tokens}
            </dl>
            <Show when=move || usable && session.may(Role::Maker) && !sandbox>
                <div class="card-foot tested">
                    <Button icon=Glyph::Refresh busy on:click=test>{t::TEST}</Button>
                    <span role="status">
                        {move || {
                            said.get()
                                .map(|said| match said {
                                    Ok(()) => view! { <span class="said ok"><Icon glyph=Glyph::Check/>{t::WORKS}</span> }.into_any(),
                                    Err(words) => view! { <span class="said bad"><Icon glyph=Glyph::Alert/>{words}</span> }.into_any(),
                                })
                        }}
                    </span>
                </div>
            </Show>
        </Section>
    }
}

/// A refusal marks the connection.
fn status_may_change(said: RwSignal<Option<Result<(), String>>>) -> bool {
    said.try_get_untracked().flatten().is_some_and(|said| said.is_err())
}
