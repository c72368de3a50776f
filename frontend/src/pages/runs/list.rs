use leptos::{html, prelude::*};
use model::ids::RunId;

use super::{feed::Feed, filter::Filter, row::RunRow};
use crate::{
    dom,
    text::runs as t,
    ui::{Button, EmptyState, ErrorState, Glyph, Icon, SkeletonRows, Tone},
};

/// Pixels from the top within which somebody counts as looking at the newest runs.
const AT_TOP: i32 = 24;
/// Pixels from the end at which older runs are fetched.
const NEAR_END: i32 = 600;

#[component]
pub fn List(feed: Feed, filter: Memo<Filter>, chosen: Memo<Option<RunId>>) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let scrolled = move |_| {
        if let Some(list) = node.get_untracked() {
            let reading = list.scroll_top() > AT_TOP;
            if feed.reading.get_untracked() != reading {
                feed.reading.set(reading);
            }
            if !reading {
                feed.show_waiting();
            }
            if list.scroll_top() + list.client_height() + NEAR_END > list.scroll_height() {
                feed.read_older();
            }
        }
    };
    let to_top = move |_| {
        feed.show_waiting();
        if let Some(list) = node.get_untracked() {
            list.set_scroll_top(0);
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if let (Some(step @ (dom::Step::Next | dom::Step::Back)), Some(list)) =
            (dom::step_of_key(&event.key(), false), node.get_untracked())
        {
            event.prevent_default();
            dom::focus_by(&dom::all(&list, "a.row-link"), step);
        }
    };
    let empty = Memo::new(move |_| feed.ready.get() && feed.rows.with(Vec::is_empty) && !feed.has_older());
    let failed = Memo::new(move |_| !feed.ready.get() && feed.problem.with(Option::is_some));
    let waiting = Memo::new(move |_| feed.waiting());
    view! {
        <div node_ref=node class="runs-scroll" on:scroll=scrolled on:keydown=key>
            <Show when=move || waiting.get() != 0>
                <div class="new-rows">
                    <button type="button" class="btn primary small" on:click=to_top>
                        <Icon glyph=Glyph::ChevronUp/>
                        {move || t::new_runs(waiting.get())}
                    </button>
                </div>
            </Show>
            <Show when=move || failed.get()>
                <ErrorState problem=feed.problem on_retry=move |()| feed.read()/>
            </Show>
            <Show when=move || !feed.ready.get() && !failed.get()><SkeletonRows rows=9/></Show>
            <Show when=move || empty.get()><Nothing filter/></Show>
            <Show when=move || feed.ready.get() && !empty.get()>
                <table class="table runs-table">
                    <thead>
                        <tr>
                            <th class="c-status">{t::STATUS}</th>
                            <th class="c-flow">{t::WORKFLOW}</th>
                            <th class="c-what">{t::WHAT}</th>
                            <th class="c-at">{t::STARTED}</th>
                            <th class="c-took end">{t::TOOK}</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || feed.rows.get() key=|row| row.id children=move |row| view! { <RunRow row filter chosen/> }/>
                    </tbody>
                </table>
                <p class="form-error list-error" role="alert">{move || feed.problem.get().map(|problem| problem.message)}</p>
                <div class="more-row">
                    {move || {
                        if feed.has_older() {
                            view! {
                                <Button tone=Tone::Ghost busy=feed.loading_older on:click=move |_| feed.read_older()>
                                    {move || if feed.rows.with(Vec::is_empty) { t::SEARCHING } else { t::LOAD_MORE }}
                                </Button>
                            }
                            .into_any()
                        } else {
                            view! { <span class="small muted">{t::THE_END}</span> }.into_any()
                        }
                    }}
                </div>
            </Show>
        </div>
    }
}

#[component]
fn Nothing(filter: Memo<Filter>) -> impl IntoView {
    move || {
        let (title, body) =
            if filter.with(Filter::is_narrow) { (t::NO_MATCH_TITLE, t::NO_MATCH) } else { (t::EMPTY_TITLE, t::EMPTY) };
        view! { <EmptyState glyph=Glyph::List title=title.to_owned() body=body.to_owned()/> }
    }
}
