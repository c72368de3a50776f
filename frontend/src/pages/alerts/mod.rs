mod nobody;
mod row;
mod told;

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use model::api::{Alert, AlertsQuery, Cursor, Empty, ListAlerts, Page as Rows};

use crate::{
    api::call,
    live::use_stream,
    load::{Loaded, load},
    shell::Page,
    text::alerts as t,
    timing::{every, throttled},
    ui::{Button, EmptyState, Glyph, Segmented, use_toasts},
};
use row::AlertRow;

pub use nobody::NobodyIsTold;
pub use row::{glyph_of, page_of};
pub use told::ToldLines;

/// What went wrong, who was told, who looks after it.
#[component]
pub fn AlertsPage() -> impl IntoView {
    let open = RwSignal::new(true);
    let query = move |cursor: Option<Cursor>| AlertsQuery { open: Some(open.get()), cursor, ..AlertsQuery::default() };
    let loader = load(move || {
        let query = query(None);
        async move { call::<ListAlerts>((), &query, &Empty {}).await }
    });
    let stream = use_stream();
    stream.on_reread(move || loader.reload());
    // Alerts follow runs within seconds.
    let read = throttled(Duration::from_secs(5), move || loader.reload());
    stream.on_runs(move |_| read());
    // What did not happen tells of itself by nothing.
    every(Duration::from_secs(10), move || loader.reload());
    let tabs = vec![(true, t::OPEN.to_owned()), (false, t::OVER.to_owned())];
    let toasts = use_toasts();
    let older = move |cursor: Cursor| {
        let query = untrack(|| query(Some(cursor)));
        spawn_local(async move {
            match call::<ListAlerts>((), &query, &Empty {}).await {
                Ok(page) => loader.update(|rows| {
                    rows.items.extend(page.items);
                    rows.next = page.next;
                }),
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    view! {
        <Page title=t::TITLE.to_owned()>
            <div class="column wide">
                <NobodyIsTold/>
                <div class="alerts-bar">
                    <Segmented tabs selected=open on_select=move |value| open.set(value) label=t::FILTER/>
                </div>
                <Loaded loader let:rows>
                    {move || {
                        let Rows { items, next } = rows.get();
                        if items.is_empty() {
                            let (title, body, glyph) = if open.get_untracked() {
                                (t::EMPTY_OPEN, t::EMPTY_OPEN_ABOUT, Glyph::Check)
                            } else {
                                (t::EMPTY_OVER, t::EMPTY_OVER_ABOUT, Glyph::Siren)
                            };
                            return view! { <EmptyState glyph title=title.to_owned() body=body.to_owned()/> }.into_any();
                        }
                        let changed = move |alert: Alert| loader.update(|rows| {
                            if let Some(row) = rows.items.iter_mut().find(|row| row.id == alert.id) {
                                *row = alert;
                            }
                        });
                        view! {
                            <ul class="alerts">
                                {items.into_iter().map(|alert| view! { <AlertRow alert on_changed=changed/> }).collect_view()}
                            </ul>
                            {next.map(|cursor| view! {
                                <div class="more"><Button on:click=move |_| older(cursor.clone())>{t::OLDER}</Button></div>
                            })}
                        }
                        .into_any()
                    }}
                </Loaded>
            </div>
        </Page>
    }
}
