mod bulk;
mod bulk_dialog;
mod export;
mod feed;
mod filter;
mod filter_bar;
mod folded;
mod further;
mod groups;
mod list;
mod row;
mod search;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::{
    components::Outlet,
    hooks::{use_location, use_query_map},
};

use crate::{
    live::use_stream,
    shell::{LiveChip, Page},
    text::runs as t,
    timing::throttled,
};
use bulk::{BulkBar, Room};
use feed::Feed;
use filter::Filter;
use filter_bar::FilterBar;
use folded::Folded;
use groups::Groups;
use list::List;
use search::{Results, Search, SearchBox};

/// Runs as they come, with one of them beside the list where there is room.
#[component]
pub fn RunsPage() -> impl IntoView {
    let params = use_query_map();
    let filter = Memo::new(move |_| params.with(|params| Filter::read(|key| params.get_str(key))));
    let path = use_location().pathname;
    let chosen = Memo::new(move |_| path.with(|path| path.strip_prefix("/runs/").and_then(|id| id.parse().ok())));
    let one = Memo::new(move |_| path.with(|path| path.len() > "/runs/".len()));
    let grouped = Memo::new(move |_| filter.with(|filter| filter.grouped));
    // What is searched for, and what goes on beside it, changes nothing in the list.
    let listed = Memo::new(move |_| filter.with(Filter::listed));
    let feed = Feed::new(listed);
    let room = Room::new(filter, feed);
    let search = Search::new(filter);
    let searching = Memo::new(move |_| filter.with(|filter| filter.q.is_some()));
    let stream = use_stream();
    // What only the server can judge is read, now and then.
    let read = throttled(Duration::from_secs(2), move || feed.read());
    stream.on_runs(move |runs| {
        feed.take_in(runs, false);
        if filter.with_untracked(|filter| runs.iter().any(|run| filter.doubts(run))) {
            read();
        }
    });
    stream.on_reread(move || feed.read());
    view! {
        <Page title=t::TITLE.to_owned() beside=|| view! { <LiveChip/> } fixed=true>
            <div class="runs" class:with-one=one>
                <section class="runs-list" aria-label=t::TITLE>
                    <SearchBox search/>
                    <Show when=move || !searching.get()><FilterBar filter feed room/></Show>
                    <BulkBar room/>
                    {move || {
                        if searching.get() {
                            view! { <Results search/> }.into_any()
                        } else if grouped.get() {
                            view! { <Groups filter=listed room/> }.into_any()
                        } else {
                            view! {
                                <Folded feed filter/>
                                <List feed filter chosen/>
                            }
                            .into_any()
                        }
                    }}
                </section>
                <Outlet/>
            </div>
        </Page>
    }
}
