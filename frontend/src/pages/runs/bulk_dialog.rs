//! Asks before something is done to many runs: how many, and how.

use leptos::prelude::*;
use model::{
    api::{BulkAction, CountRuns, Empty, NewBulk, RunCount, RunsQuery},
    run::Choice,
};

use super::bulk::{Asked, Room};
use crate::{
    api::call,
    load::load,
    text::{run as r, runs::bulk as t, ui},
    ui::{Button, Dialog, Glyph, Icon, Tone},
};

#[component]
pub fn BulkDialog(room: Room) -> impl IntoView {
    let counted = RwSignal::new(None::<RunCount>);
    let title = move || {
        let count = counted.get().map(|count| (count.count, count.more));
        room.asked.with(|asked| asked.as_ref().map(|asked| t::title(asked.action, count)).unwrap_or_default())
    };
    view! {
        <Dialog open=room.open title=Signal::derive(title)>
            {move || room.asked.get().map(|asked| view! { <Ask room asked counted/> })}
        </Dialog>
    }
}

#[component]
fn Ask(room: Room, asked: Asked, counted: RwSignal<Option<RunCount>>) -> impl IntoView {
    let Asked { action, runs, step } = asked;
    let replays = action == BulkAction::Replay;
    let (from_step, newest, fresh) = (RwSignal::new(step.is_some()), RwSignal::new(true), RwSignal::new(true));
    let choice = RwSignal::new(None::<Choice>);
    let runs = StoredValue::new(runs);
    let filter = move || {
        let leave_out = replays && fresh.get();
        runs.get_value().map(|runs| RunsQuery { replayed: leave_out.then_some(false).or(runs.replayed), ..runs })
    };
    counted.set(None);
    let count = load(move || {
        let filter = filter();
        async move {
            match filter {
                Some(filter) => call::<CountRuns>((), &filter, &Empty {}).await,
                None => Ok(RunCount { count: 0, more: false }),
            }
        }
    });
    Effect::new(move |_| counted.set(count.value.get().filter(|_| !count.busy.get())));
    let known = move || counted.get().map(|count| (count.count, count.more));
    let nothing = move || counted.with(|count| count.as_ref().is_some_and(|count| count.count == 0));
    let ready =
        move || known().is_some_and(|(count, _)| count > 0) && (action != BulkAction::Settle || choice.with(Option::is_some));
    let from = StoredValue::new(step.clone());
    let start = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(filter) = untrack(filter).filter(|_| untrack(ready)) else { return };
        let new = NewBulk {
            action,
            filter,
            from_step: from.get_value().map(|(id, _)| id).filter(|_| replays && from_step.get_untracked()),
            newest: replays && newest.get_untracked(),
            choice: choice.get_untracked(),
        };
        let all = counted.get_untracked().filter(|count| !count.more).map(|count| count.count);
        room.start(new, all);
    };
    let tone = if matches!(action, BulkAction::Cancel | BulkAction::Delete) { Tone::Danger } else { Tone::Primary };
    view! {
        <form class="form" on:submit=start>
            <p class="dialog-text">{t::about(action)}</p>
            {replays.then(|| view! { <Begin step=step.map(|(_, label)| label) from_step newest fresh/> })}
            {(action == BulkAction::Settle).then(|| view! { <Outcome choice/> })}
            <p role="status" class="small">
                {move || known().is_none().then_some(t::COUNTING)}
                {move || nothing().then(|| t::none(action))}
            </p>
            <p class="form-error" role="alert">{move || count.problem.get().map(|problem| problem.message)}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| room.open.set(false)>{ui::CANCEL}</Button>
                <Button tone submit=true busy=room.begun.busy disabled=Signal::derive(move || !ready())>
                    {move || t::confirm(action, known())}
                </Button>
            </footer>
        </form>
    }
}

/// Where replays begin, with which version, and which are left out.
#[component]
fn Begin(step: Option<String>, from_step: RwSignal<bool>, newest: RwSignal<bool>, fresh: RwSignal<bool>) -> impl IntoView {
    let places = step.map(|label| {
        let places = [
            (true, t::from_step(&label), r::replay_from_about()),
            (false, t::FROM_START.to_owned(), t::FROM_START_ABOUT),
        ];
        view! {
            <div class="options" role="radiogroup" aria-label=t::BEGIN_AT>
                {places
                    .into_iter()
                    .map(|(this, name, about)| view! {
                        <label class="option">
                            <input type="radio" name="begin" prop:checked=move || from_step.get() == this on:change=move |_| from_step.set(this)/>
                            <span><b>{name}</b><small>{about}</small></span>
                        </label>
                    })
                    .collect_view()}
            </div>
        }
    });
    view! {
        {places}
        <label class="check-row">
            <input type="checkbox" prop:checked=newest on:change=move |event| newest.set(event_target_checked(&event))/>
            <span>{t::NEWEST}</span>
        </label>
        <label class="check-row">
            <input type="checkbox" prop:checked=fresh on:change=move |event| fresh.set(event_target_checked(&event))/>
            <span>{t::LEAVE_REPLAYED}</span>
        </label>
    }
}

/// What happened to the calls; the same for all of them.
#[component]
fn Outcome(choice: RwSignal<Option<Choice>>) -> impl IntoView {
    let choices = [
        (Choice::Happened { output: None }, Glyph::Check, r::SETTLE_HAPPENED, t::HAPPENED_ABOUT),
        (Choice::RunAgain, Glyph::Refresh, r::SETTLE_AGAIN, r::SETTLE_AGAIN_ABOUT),
        (Choice::Fail, Glyph::Close, r::SETTLE_FAIL, r::SETTLE_FAIL_ABOUT),
    ];
    view! {
        <div class="options" role="radiogroup" aria-label=r::SETTLE>
            {choices
                .into_iter()
                .map(|(this, glyph, name, about)| {
                    let own = this.clone();
                    view! {
                        <label class="option">
                            <input
                                type="radio"
                                name="outcome"
                                prop:checked=move || choice.with(|choice| choice.as_ref() == Some(&own))
                                on:change=move |_| choice.set(Some(this.clone()))
                            />
                            <Icon glyph/>
                            <span><b>{name}</b><small>{about}</small></span>
                        </label>
                    }
                })
                .collect_view()}
        </div>
    }
}
