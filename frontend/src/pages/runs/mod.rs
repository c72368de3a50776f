mod export;
mod feed;
mod filter;
mod filter_bar;
mod folded;
mod further;
mod groups;
mod list;
mod row;

use leptos::prelude::*;
use leptos_router::{
    components::Outlet,
    hooks::{use_location, use_query_map},
};

use crate::{
    live::use_stream,
    shell::{LiveChip, Page},
    text::runs as t,
};
use feed::Feed;
use filter::Filter;
use filter_bar::FilterBar;
use folded::Folded;
use groups::Groups;
use list::List;

/// Runs as they come, with one of them beside the list where there is room.
#[component]
pub fn RunsPage() -> impl IntoView {
    let params = use_query_map();
    let filter = Memo::new(move |_| params.with(|params| Filter::read(|key| params.get_str(key))));
    let path = use_location().pathname;
    let chosen = Memo::new(move |_| path.with(|path| path.strip_prefix("/runs/").and_then(|id| id.parse().ok())));
    let one = Memo::new(move |_| path.with(|path| path.len() > "/runs/".len()));
    let grouped = Memo::new(move |_| filter.with(|filter| filter.grouped));
    let feed = Feed::new(filter);
    let stream = use_stream();
    stream.on_runs(move |runs| feed.take_in(runs, false));
    stream.on_reread(move || feed.read());
    view! {
        <Page title=t::TITLE.to_owned() beside=|| view! { <LiveChip/> } fixed=true>
            <div class="runs" class:with-one=one>
                <section class="runs-list" aria-label=t::TITLE>
                    <FilterBar filter feed/>
                    {move || {
                        if grouped.get() {
                            view! { <Groups filter/> }.into_any()
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
