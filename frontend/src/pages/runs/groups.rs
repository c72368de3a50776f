//! Equal failures, one line each.

use leptos::prelude::*;
use leptos_router::components::A;
use model::{
    Role,
    api::{Empty, ListRunGroups, RunGroup, RunsQuery},
    run::RunStatus,
};

use super::{
    bulk::{GroupMenu, Room},
    filter::Filter,
};
use crate::{
    api::call,
    editor::mend,
    load::{Loaded, load},
    moment::{now, number},
    session::use_session,
    text::{mend as fix, runs as t},
    ui::{EmptyState, Glyph, LinkButton, TimeAgo, coded},
};

#[component]
pub fn Groups(filter: Memo<Filter>, room: Room) -> impl IntoView {
    let loader = load(move || {
        room.over.track();
        let query = RunsQuery { status: None, ..filter.get().query(now()) };
        async move { call::<ListRunGroups>((), &query, &Empty {}).await }
    });
    view! {
        <div class="runs-scroll">
            <Loaded loader let:groups>
                {move || {
                    let found = groups.get();
                    if found.items.is_empty() {
                        return view! { <EmptyState glyph=Glyph::Check title=t::NO_GROUPS_TITLE.to_owned() body=t::NO_GROUPS.to_owned()/> }.into_any();
                    }
                    view! {
                        <ul class="groups" aria-label=t::GROUPED>
                            {found.items.into_iter().map(|group| view! { <Group group filter room/> }).collect_view()}
                        </ul>
                        <p class="small muted groups-foot">{t::searched(found.searched, found.more)}</p>
                    }
                    .into_any()
                }}
            </Loaded>
        </div>
    }
}

#[component]
fn Group(group: RunGroup, filter: Memo<Filter>, room: Room) -> impl IntoView {
    let session = use_session();
    let them = Filter {
        statuses: vec![RunStatus::Failed],
        workflow: Some(group.workflow),
        step: group.step.clone(),
        error_class: Some(group.class),
        shape: Some(group.shape.clone()),
        hold: None,
        grouped: false,
        // Counted among what fits the other conditions.
        ..filter.with_untracked(Filter::listed)
    };
    let step = group.step.clone().map(|id| {
        let label = group.step_label.clone().unwrap_or_else(|| id.to_string());
        (id, label)
    });
    let href = mend::href(group.workflow, group.sample);
    view! {
        <li class="group">
            <b class="group-count num" aria-label=t::failed_alike(group.count)>{number(group.count)}</b>
            <div class="group-words">
                <p>{coded(&group.message)}</p>
                <small class="muted">
                    <bdi>{group.workflow_name.clone()}</bdi> {t::group_place(group.step_label.as_deref())} " · " {t::LAST} " " <TimeAgo at=group.last_at/>
                </small>
            </div>
            <div class="group-do">
                <A href=format!("/runs{}", them.address()) attr:class="link">{t::SHOW_THEM}</A>
                <Show when=move || session.may(Role::Maker)>
                    <LinkButton href=href.clone() small=true icon=Glyph::Edit>{fix::FIX}</LinkButton>
                </Show>
                <GroupMenu room count=group.count runs=them step/>
            </div>
        </li>
    }
}
