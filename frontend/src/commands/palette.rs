//! The palette: everything there is to do or to go to, found by typing.

use std::{sync::Arc, time::Duration};

use leptos::{leptos_dom::helpers::debounce, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use model::api::{Empty, ListConnections, ListWorkflows, WorkflowsQuery};

use super::{
    entry::{Act, Entry, arrange},
    places,
    recent::{self, Used},
    run, use_commands,
};
use crate::{
    api::call,
    session::use_session,
    text::commands as t,
    ui::{Finder, FinderRow, FinderSection, use_toasts},
};

/// So many workflows are read at once; more are asked for by what is typed.
const PAGE: u32 = 200;
/// How long a person must pause before the server is asked.
const PAUSE: Duration = Duration::from_millis(160);

#[component]
pub fn Palette() -> impl IntoView {
    let commands = use_commands();
    view! { <Show when=move || commands.open.get()><Opened/></Show> }
}

#[component]
fn Opened() -> impl IntoView {
    let commands = use_commands();
    let (session, toasts) = (use_session(), use_toasts());
    let navigate = StoredValue::new_local(use_navigate());
    let go = Callback::new(move |path: String| {
        navigate.try_with_value(|navigate| navigate(&path, Default::default()));
    });
    let person = session.me().and_then(|me| me.user).map(|user| user.id.to_string()).unwrap_or_default();
    let used = recent::read(Used::Commands, &person);
    let query = RwSignal::new(String::new());
    // What stands on this page is as it was when the palette opened.
    let mut here = places::commands(|command| commands.can(command));
    here.extend(commands.entries());
    let here = StoredValue::new_local(here);
    let (workflows, connections) = (RwSignal::new_local(Vec::<Entry>::new()), RwSignal::new_local(Vec::<Entry>::new()));
    let more = RwSignal::new(false);
    let read = move |search: Option<String>| {
        spawn_local(async move {
            let query = WorkflowsQuery { search: search.clone(), limit: Some(PAGE), ..WorkflowsQuery::default() };
            let Ok(page) = call::<ListWorkflows>((), &query, &Empty {}).await else { return };
            more.try_update(|more| *more |= search.is_none() && page.next.is_some());
            let found = page.items.iter().flat_map(|one| [Some(places::workflow(one)), run::entry(one)]).flatten();
            let found: Vec<Entry> = found.collect();
            workflows.try_update(|all| {
                for entry in found {
                    if !all.iter().any(|known| known.id == entry.id) {
                        all.push(entry);
                    }
                }
            });
        });
    };
    read(None);
    spawn_local(async move {
        if let Ok(found) = call::<ListConnections>((), &Empty {}, &Empty {}).await {
            connections.try_set(found.items.iter().map(places::connection).collect());
        }
    });
    let mut ask_soon = debounce(PAUSE, move |text: String| {
        if more.try_get_untracked() == Some(true) && !text.trim().is_empty() {
            read(Some(text.trim().to_owned()));
        }
    });
    let ask = StoredValue::new_local(move |text: String| ask_soon(text));
    Effect::new(move |_| {
        let text = query.get();
        ask.update_value(|ask| ask(text));
    });
    let found = Signal::derive_local(move || {
        let query = query.get();
        let mut all: Vec<Entry> = places::by_id(&query).into_iter().collect();
        all.extend(here.get_value());
        all.extend(workflows.get());
        all.extend(connections.get());
        let shown = arrange(&all, &query, &used);
        (Arc::new(all), shown)
    });
    let sections = Signal::derive_local(move || {
        let (all, shown) = found.get();
        shown
            .into_iter()
            .map(|one| FinderSection {
                title: one.title.to_owned(),
                rows: one.rows.into_iter().map(|at| row(&all[at])).collect(),
                grid: false,
            })
            .collect::<Vec<_>>()
    });
    let take = Callback::new(move |row: FinderRow| {
        let (all, _) = found.get_untracked();
        let Some(entry) = all.iter().find(|entry| entry.id == row.id).cloned() else { return };
        recent::note(Used::Commands, &person, &entry.id);
        match entry.act {
            Act::Command(command) => {
                commands.run(command);
            }
            Act::Go(path) => go.run(path),
            Act::Start { workflow, name, version } => run::start(workflow, name, version, toasts, go),
            Act::Call(act) => act.run(()),
        }
    });
    view! {
        <Finder
            title=t::PALETTE
            placeholder=Signal::stored(t::PALETTE_PLACEHOLDER.to_owned())
            query
            sections
            on_take=take
            on_close=Callback::new(move |()| {
                commands.open.try_set(false);
            })
            nothing=t::PALETTE_NOTHING
            foot=t::PALETTE_KEYS
            testid="palette"
            closes=true
        />
    }
}

fn row(entry: &Entry) -> FinderRow {
    FinderRow {
        id: entry.id.clone(),
        label: entry.label.clone(),
        about: entry.about.clone(),
        mark: entry.mark.clone(),
        shown: entry.shown,
        opens: false,
    }
}
