use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use model::{
    api::{Empty, ListTags, ListWorkflows, WorkflowsQuery},
    run::{Hold, RunStatus},
};

use super::{
    bulk::{BulkMenu, Room},
    export::ExportMenu,
    feed::Feed,
    filter::{Filter, Kind, Range},
    further::{Ended, Further},
};
use crate::{
    api::call,
    load::load,
    text::{runs as t, status},
    ui::{Button, Choice, Glyph, Icon, Popover, Segmented, Select, Tone},
};

/// Before the name of a tag among the workflows to choose from.
const TAG: &str = "tag:";

#[component]
pub fn FilterBar(filter: Memo<Filter>, feed: Feed, room: Room) -> impl IntoView {
    let navigate = StoredValue::new_local(use_navigate());
    let path = use_location().pathname;
    let set = move |change: &dyn Fn(&mut Filter)| {
        let mut next = filter.get_untracked();
        change(&mut next);
        let address = format!("{}{}", path.get_untracked(), next.address());
        navigate
            .with_value(|navigate| navigate(&address, NavigateOptions { replace: true, scroll: false, ..Default::default() }));
    };
    let workflows = load(|| async {
        let query = WorkflowsQuery { limit: Some(200), ..WorkflowsQuery::default() };
        call::<ListWorkflows>((), &query, &Empty {}).await
    });
    let tags = load(|| async { call::<ListTags>((), &Empty {}, &Empty {}).await });
    let workflow_choices = Memo::new(move |_| {
        let mut choices = vec![Choice::new("", t::ANY_WORKFLOW)];
        tags.value.with(|tags| {
            let items = tags.iter().flat_map(|tags| &tags.items);
            choices.extend(items.map(|tag| Choice::new(format!("{TAG}{}", tag.name), t::with_tag(&tag.name))));
        });
        workflows.value.with(|page| {
            let items = page.iter().flat_map(|page| &page.items);
            choices.extend(items.map(|workflow| Choice::new(workflow.id.to_string(), workflow.name.clone())));
        });
        choices
    });
    let range_words = |range: Range| match range {
        Range::Any => t::ANY_TIME,
        Range::Hour => t::LAST_HOUR,
        Range::Day => t::LAST_DAY,
        Range::Week => t::LAST_WEEK,
        Range::Month => t::LAST_MONTH,
    };
    let ranges: Vec<Choice> = Range::ALL.iter().map(|range| Choice::new(range.name(), range_words(*range))).collect();
    let counts = Memo::new(move |_| {
        feed.rows.with(|rows| {
            let status = |row: &super::feed::Row| row.run.with(|run| run.status);
            let failed = rows.iter().filter(|row| status(row) == RunStatus::Failed).count();
            (rows.len(), failed, rows.iter().filter(|row| !status(row).is_final()).count())
        })
    });
    view! {
        <div class="bar">
            <Segmented
                tabs=vec![(Kind::Live, t::LIVE_RUNS.into()), (Kind::Test, t::TEST_RUNS.into()), (Kind::All, t::ALL_RUNS.into())]
                selected=Signal::derive(move || filter.with(|filter| filter.kind))
                on_select=move |kind| set(&|filter| filter.kind = kind)
                label=t::FILTER_KIND
            />
            <StatusFilter filter on_change=move |next: Filter| set(&|filter| *filter = next.clone())/>
            <Select
                compact=true
                label=t::FILTER_WORKFLOW
                choices=workflow_choices
                value=Signal::derive(move || filter.with(|filter| {
                    let tag = filter.tag.as_ref().map(|tag| format!("{TAG}{tag}"));
                    tag.or(filter.workflow.map(|id| id.to_string())).unwrap_or_default()
                }))
                on_change=move |value: String| set(&|filter| {
                    let tag = value.strip_prefix(TAG).map(str::to_owned);
                    // A version and a trigger are of one workflow.
                    *filter = Filter { workflow: value.parse().ok(), tag, version: None, trigger: None, step: None, shape: None, ..filter.clone() };
                })
            />
            <Select
                compact=true
                label=t::FILTER_TIME
                choices=ranges
                value=Signal::derive(move || filter.with(|filter| filter.range.name().to_owned()))
                on_change=move |value: String| set(&|filter| filter.range = Range::parse(&value))
            />
            <Further filter on_change=move |next: Filter| set(&|filter| *filter = next.clone())/>
            <Toggle filter on_change=move |grouped| set(&|filter| filter.grouped = grouped)/>
            <Ended filter on_clear=move || set(&|filter| filter.ended = None)/>
            <Show when=move || filter.with(Filter::is_narrow)>
                <Button tone=Tone::Ghost icon=Glyph::Close on:click=move |_| set(&|filter| *filter = filter.cleared())>
                    {t::CLEAR}
                </Button>
            </Show>
            <span class="grow"></span>
            <BulkMenu filter room/>
            <ExportMenu filter/>
            <span class="small muted bar-count" aria-live="off">
                {move || feed.ready.get().then(|| { let (all, failed, open) = counts.get(); t::shown(all, failed, open) })}
            </span>
        </div>
    }
}

/// Between single runs and equal failures.
#[component]
fn Toggle(filter: Memo<Filter>, #[prop(into)] on_change: Callback<bool>) -> impl IntoView {
    let on = Memo::new(move |_| filter.with(|filter| filter.grouped));
    view! {
        <button
            type="button"
            class="btn small"
            class:on=on
            aria-pressed=move || if on.get() { "true" } else { "false" }
            on:click=move |_| on_change.run(!on.get_untracked())
        >
            <Icon glyph=Glyph::List/>
            <span>{t::GROUP}</span>
        </button>
    }
}

#[component]
fn StatusFilter(filter: Memo<Filter>, on_change: impl Fn(Filter) + Copy + Send + Sync + 'static) -> impl IntoView {
    let label = Memo::new(move |_| {
        filter.with(|filter| {
            let unknown = filter.hold == Some(Hold::Unknown);
            let first =
                if unknown { t::OUTCOME_UNKNOWN } else { filter.statuses.first().map_or("", |first| status::run(*first)) };
            t::statuses(filter.statuses.len() + usize::from(unknown), first)
        })
    });
    let trigger = move || view! { <span>{label}</span><Icon glyph=Glyph::ChevronDown/> };
    let toggle = move |status: RunStatus| {
        let mut next = filter.get_untracked();
        match next.statuses.iter().position(|other| *other == status) {
            Some(at) => _ = next.statuses.remove(at),
            None => next.statuses.push(status),
        }
        on_change(next);
    };
    view! {
        <Popover trigger panel_label=t::FILTER_STATUS>
            <fieldset class="pick-list">
                <legend class="sr-only">{t::FILTER_STATUS}</legend>
                {RunStatus::ALL
                    .iter()
                    .map(|this| {
                        let on = move || filter.with(|filter| filter.statuses.contains(this));
                        view! {
                            <label class="pick-row">
                                <input type="checkbox" prop:checked=on on:change=move |_| toggle(*this)/>
                                <span>{status::run(*this)}</span>
                            </label>
                        }
                    })
                    .collect_view()}
                <label class="pick-row">
                    <input
                        type="checkbox"
                        prop:checked=move || filter.with(|filter| filter.hold == Some(Hold::Unknown))
                        on:change=move |_| {
                            let before = filter.get_untracked();
                            let hold = if before.hold == Some(Hold::Unknown) { None } else { Some(Hold::Unknown) };
                            on_change(Filter { hold, ..before });
                        }
                    />
                    <span>{t::OUTCOME_UNKNOWN}</span>
                </label>
            </fieldset>
        </Popover>
    }
}
