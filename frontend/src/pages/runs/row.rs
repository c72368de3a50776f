use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_navigate};
use model::{api::RunSummary, ids::RunId};

use super::{feed::Row, filter::Filter};
use crate::{
    dom,
    text::runs as t,
    ui::{Chip, Elapsed, Glyph, RunStatusChip, TimeAgo},
};

#[component]
pub fn RunRow(row: Row, filter: Memo<Filter>, chosen: Memo<Option<RunId>>) -> impl IntoView {
    let Row { id, run, fresh } = row;
    let run: Signal<RunSummary> = run.into();
    let href = move || format!("/runs/{id}{}", filter.with(Filter::address));
    let navigate = use_navigate();
    let open = move |event: leptos::ev::MouseEvent| {
        // A press on a link goes its own way, as does one that means a new tab.
        if !dom::within(&event, "a") && !event.ctrl_key() && !event.meta_key() {
            navigate(&href(), Default::default());
        }
    };
    let kind = Memo::new(move |_| run.with(|run| run.kind.clone()));
    let failed = Memo::new(move |_| run.with(|run| run.error.is_some()));
    view! {
        <tr class="press" class:sel=move || chosen.get() == Some(id) class:fresh=fresh on:click=open>
            <td class="c-status"><RunStatusChip run/></td>
            <td class="c-flow">
                <span class="flow-cell">
                    <A href=href attr:class="row-link">{move || run.with(|run| run.workflow_name.clone())}</A>
                    {move || match kind.get().as_str() {
                        "test" => Some(view! { <Chip>{t::TEST}</Chip> }.into_any()),
                        "replay" => Some(view! { <Chip glyph=Signal::stored(Some(Glyph::Replay))>{t::REPLAY}</Chip> }.into_any()),
                        _ => None,
                    }}
                </span>
            </td>
            <td class="c-what" class:bad=failed>{move || run.with(t::what)}</td>
            <td class="c-at"><TimeAgo at=Signal::derive(move || run.with(|run| run.created_at))/></td>
            <td class="c-took end">
                {move || match run.with(|run| run.started_at) {
                    Some(from) => view! { <Elapsed from=from to=Signal::derive(move || run.with(|run| run.finished_at))/> }.into_any(),
                    None => view! { <span class="muted">{t::NOT_STARTED}</span> }.into_any(),
                }}
            </td>
        </tr>
    }
}
