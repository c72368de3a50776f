//! A loop's iterations as a table, page by page.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, Item, ItemStatus, Items, ItemsQuery, ListItems, RunDetail, RunStep},
    ids::{RunId, StepPath},
    run::Datum,
    step::{OnItemError, StepKind},
};

use super::step_panel::Data;
use crate::{
    api::{Problem, call},
    text::{run as t, sentence},
    timing::throttled,
    ui::{Button, Chip, ChipTone, ErrorState, Glyph, Icon, Segmented, SkeletonRows, Tone},
};

/// Rows of a page.
const PAGE: u32 = 50;

/// What is shown of the list, and how far it was read.
#[derive(Clone, Copy)]
struct Feed {
    run: RunId,
    path: StoredValue<StepPath>,
    only: RwSignal<Option<ItemStatus>>,
    items: RwSignal<Vec<Item>>,
    ready: RwSignal<bool>,
    next: RwSignal<Option<u32>>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    /// Answers of an older question are not taken.
    asked: StoredValue<u32>,
}

impl Feed {
    fn read(self, after: Option<u32>, limit: u32) {
        self.asked.update_value(|asked| *asked = asked.wrapping_add(1));
        let this = self.asked.get_value();
        self.busy.set(true);
        let query = ItemsQuery { path: self.path.get_value(), after, limit: Some(limit), status: self.only.get_untracked() };
        spawn_local(async move {
            let answer = call::<ListItems>((self.run,), &query, &Empty {}).await;
            if self.asked.try_get_value() != Some(this) {
                return;
            }
            match answer {
                Ok(Items { items, next }) => {
                    self.ready.try_set(true);
                    self.next.try_set(next);
                    self.problem.try_set(None);
                    self.items.try_update(|all| if after.is_some() { all.extend(items) } else { *all = items });
                }
                Err(problem) => {
                    self.problem.try_set(Some(problem));
                }
            }
            self.busy.try_set(false);
        });
    }

    /// The same rows again, as they are now.
    fn reread(self) {
        let shown = u32::try_from(self.items.with_untracked(Vec::len)).unwrap_or(PAGE);
        self.read(None, shown.clamp(PAGE, 200));
    }
}

#[component]
pub fn LoopItems(detail: Signal<RunDetail>, step: Memo<RunStep>) -> impl IntoView {
    let feed = Feed {
        run: detail.with_untracked(|detail| detail.run.id),
        path: StoredValue::new(step.with_untracked(|step| step.path.clone())),
        only: RwSignal::new(None),
        items: RwSignal::new(Vec::new()),
        ready: RwSignal::new(false),
        next: RwSignal::new(None),
        busy: RwSignal::new(true),
        problem: RwSignal::new(None),
        asked: StoredValue::new(0),
    };
    // A loop under way is read again as it gets on, a few times a second at most.
    let far = Memo::new(move |_| step.with(|step| step.state.iterations.as_ref().map(|all| (all.finished, step.state.status))));
    let again = throttled(Duration::from_millis(700), move || {
        if feed.items.try_with_untracked(Vec::len).is_some() {
            feed.reread();
        }
    });
    Effect::new(move |before: Option<()>| {
        far.track();
        match before {
            None => feed.read(None, PAGE),
            Some(()) => again(),
        }
    });
    let choose = move |only: Option<ItemStatus>| {
        feed.only.set(only);
        feed.read(None, PAGE);
    };
    let totals =
        Memo::new(move |_| step.with(|step| step.state.iterations.as_ref().map(|all| (all.count, all.finished, all.failed))));
    let failed = Memo::new(move |_| totals.get().map_or(0, |(.., failed)| failed));
    let ready = Memo::new(move |_| feed.ready.get());
    // How a failed one is told by the API depends on what the loop does with it.
    let of_failed = detail.with_untracked(|detail| {
        let id = step.with_untracked(|step| step.step.clone());
        match detail.definition.step(&id).map(|step| &step.kind) {
            Some(StepKind::ForEach(each)) => match each.on_item_error {
                OnItemError::Stop => ItemStatus::Failed,
                OnItemError::Skip => ItemStatus::Skipped,
                OnItemError::Body => ItemStatus::Recovered,
            },
            _ => ItemStatus::Failed,
        }
    });
    let broken = Memo::new(move |_| !ready.get() && feed.problem.with(Option::is_some));
    view! {
        <div class="items-head">
            <h3 class="panel-sub">{t::ITEMS}</h3>
            <span class="muted small" role="status">{move || totals.get().map(|(count, finished, failed)| t::items_done(count, finished, failed))}</span>
            <span class="grow"></span>
            <Show when=move || { failed.get() > 0 || feed.only.with(Option::is_some) }>
                <Segmented
                    tabs=vec![
                        (None, t::ITEMS_ALL.to_owned()),
                        (Some(of_failed), t::ITEMS_FAILED.to_owned()),
                        (Some(ItemStatus::Open), t::ITEMS_OPEN.to_owned()),
                    ]
                    selected=feed.only
                    on_select=choose
                    label=t::ITEMS_WHICH
                />
            </Show>
        </div>
        <Show when=move || broken.get()><ErrorState problem=feed.problem on_retry=move |()| feed.read(None, PAGE)/></Show>
        <Show when=move || !ready.get() && !broken.get()><SkeletonRows rows=4/></Show>
        <Show when=move || ready.get()>
            <table class="table items-table" data-testid="loop-items">
                <thead>
                    <tr>
                        <th class="c-n">{t::ITEM}</th>
                        <th class="c-status">{t::ITEM_STATUS}</th>
                        <th class="c-what">{t::ITEM_GAVE}</th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || feed.items.get()
                        key=|item| (item.index, item.status)
                        children=move |item| view! { <Row item/> }
                    />
                </tbody>
            </table>
            <Show when=move || feed.items.with(Vec::is_empty)><p class="muted small">{t::ITEMS_NONE}</p></Show>
            <p class="form-error" role="alert">{move || feed.problem.get().map(|problem| problem.message)}</p>
            {move || feed.next.get().map(|next| view! {
                <div class="more-row"><Button small=true tone=Tone::Ghost busy=feed.busy on:click=move |_| feed.read(Some(next), PAGE)>{t::ITEMS_MORE}</Button></div>
            })}
        </Show>
    }
}

fn look(status: ItemStatus) -> (ChipTone, Glyph, &'static str) {
    match status {
        ItemStatus::Open => (ChipTone::Run, Glyph::Loader, t::ITEM_OPEN),
        ItemStatus::Succeeded => (ChipTone::Ok, Glyph::Check, t::ITEM_SUCCEEDED),
        ItemStatus::Passed => (ChipTone::Quiet, Glyph::Skip, t::ITEM_PASSED),
        ItemStatus::Recovered => (ChipTone::Warn, Glyph::Shield, t::ITEM_RECOVERED),
        ItemStatus::Skipped => (ChipTone::Warn, Glyph::Alert, t::ITEM_SKIPPED),
        ItemStatus::Failed => (ChipTone::Bad, Glyph::Alert, t::ITEM_FAILED),
        ItemStatus::Last => (ChipTone::Quiet, Glyph::Stop, t::ITEM_LAST),
    }
}

#[component]
fn Row(item: Item) -> impl IntoView {
    let (tone, glyph, words) = look(item.status);
    let said = match (&item.error, &item.output) {
        (Some(error), _) => sentence(&error.message),
        (None, Some(Datum::Inline(value))) => t::short(value),
        (None, Some(Datum::Stored { bytes, .. })) => t::stored(*bytes),
        (None, None) => String::new(),
    };
    let open = RwSignal::new(false);
    let more = item.output.clone().or_else(|| item.error.as_ref().and_then(|error| error.response.clone()));
    let opens = more.is_some();
    let more = StoredValue::new(more);
    let number = item.index + 1;
    view! {
        <tr class:bad=matches!(item.status, ItemStatus::Failed | ItemStatus::Skipped | ItemStatus::Recovered)>
            <td class="c-n">{number}</td>
            <td class="c-status"><Chip tone=Signal::stored(tone) glyph=Signal::stored(Some(glyph))>{words}</Chip></td>
            <td class="c-what">
                {if opens {
                    view! {
                        <button type="button" class="item-open" aria-expanded=move || if open.get() { "true" } else { "false" } on:click=move |_| open.update(|open| *open = !*open)>
                            <span class="cut">{said}</span>
                            <Icon glyph=Glyph::ChevronDown/>
                        </button>
                    }
                    .into_any()
                } else {
                    view! { <span class="cut">{said}</span> }.into_any()
                }}
            </td>
        </tr>
        {move || open.get().then(|| view! {
            <tr class="item-data"><td colspan="3">{more.get_value().map(|datum| view! { <Data datum root=String::new()/> })}</td></tr>
        })}
    }
}
