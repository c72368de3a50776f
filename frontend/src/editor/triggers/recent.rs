//! Events that came in lately, to build and test with.

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, EventSummary, EventsQuery, GetEvent, ListEvents},
    ids::{EventId, TriggerId},
};

use crate::{
    api::call,
    editor::{samples, state::use_editor},
    moment::{self, Style},
    text::{self, editor as t},
    ui::{Button, Glyph, Icon, Tone},
};

/// So many are offered.
const MOST: u32 = 10;

#[component]
pub fn RecentEvents(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let found = RwSignal::new(None::<Vec<EventSummary>>);
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let look = move |_| {
        busy.set(true);
        wrong.set(None);
        spawn_local(async move {
            let query = EventsQuery {
                workflow: Some(editor.id),
                trigger: Some(id.get_value()),
                limit: Some(MOST),
                ..EventsQuery::default()
            };
            match call::<ListEvents>((), &query, &Empty {}).await {
                Ok(page) => _ = found.try_set(Some(page.items)),
                Err(problem) => _ = wrong.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    let take = move |event: EventId| {
        busy.set(true);
        wrong.set(None);
        spawn_local(async move {
            match call::<GetEvent>((event,), &Empty {}, &Empty {}).await {
                Ok(detail) if detail.data.is_null() => _ = wrong.try_set(Some(t::EVENT_NOT_KEPT.into())),
                Ok(detail) => samples::add(editor, id.get_value(), detail.data, move |result| match result {
                    Ok(()) => _ = found.try_set(None),
                    Err(problem) => _ = wrong.try_set(Some(problem.message)),
                }),
                Err(problem) => _ = wrong.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    let row = move |event: EventSummary| {
        let at = moment::absolute(event.received_at, Style::Short);
        let name = t::use_event_of(&at);
        view! {
            <li>
                <span>{at.clone()}</span>
                <span>{text::status::event(event.state)}</span>
                <Button small=true disabled=busy attr:aria-label=name on:click=move |_| take(event.id)>{t::USE_IT}</Button>
            </li>
        }
    };
    view! {
        <Button small=true icon=Glyph::Inbox tone=Tone::Plain busy on:click=look>{t::USE_RECENT_EVENT}</Button>
        {move || wrong.get().map(|message| view! { <p class="prev bad" role="alert"><Icon glyph=Glyph::Alert/><span>{message}</span></p> })}
        {move || found.get().map(|events| if events.is_empty() {
            view! { <p class="note" role="status"><Icon glyph=Glyph::Info/><span>{t::NO_RECENT_EVENTS}</span></p> }.into_any()
        } else {
            view! { <ul class="recent-events" aria-label=t::RECENT_EVENTS>{events.into_iter().map(row).collect_view()}</ul> }.into_any()
        })}
    }
}
