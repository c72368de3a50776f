use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{Delay, NextTime, StepKind},
};

use crate::{
    editor::{mapping::MappedField, problems::FieldProblems, span::SpanInput, state::use_editor, triggers::zone_names},
    text::editor as t,
    ui::{Button, Choice, Segmented, Select, Tone},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    For,
    Until,
    Next,
}

const FIVE_MINUTES: u64 = 300_000;
const WEEKDAYS: [u8; 5] = [1, 2, 3, 4, 5];
const EVERY_DAY: [u8; 7] = [1, 2, 3, 4, 5, 6, 7];

#[component]
pub fn DelayForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let delay = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Delay(delay)) => delay,
        _ => Delay::For { ms: 0 },
    });
    let id = StoredValue::new(id);
    let put = move |key: &str, new: Delay| editor.update_kind(&id.get_value(), key, |kind| *kind = StepKind::Delay(new));
    let how = Memo::new(move |_| {
        delay.with(|delay| match delay {
            Delay::For { .. } => How::For,
            Delay::Until(_) => How::Until,
            Delay::Next(_) => How::Next,
        })
    });
    let ms = Signal::derive(move || match delay.get() {
        Delay::For { ms } => ms,
        _ => 0,
    });
    let until = Signal::derive(move || match delay.get() {
        Delay::Until(until) => until,
        _ => Mapped::text(""),
    });
    let next = Signal::derive(move || match delay.get() {
        Delay::Next(next) => next,
        _ => weekdays_at_nine(),
    });
    let choose = move |wanted: How| {
        if wanted != how.get_untracked() {
            let fresh = match wanted {
                How::For => Delay::For { ms: FIVE_MINUTES },
                How::Until => Delay::Until(Mapped::text("")),
                How::Next => Delay::Next(weekdays_at_nine()),
            };
            put("how", fresh);
        }
    };
    view! {
        <p class="ed-intro">{t::DELAY_INTRO}</p>
        <Segmented
            tabs=vec![(How::For, t::WAIT_FOR.to_owned()), (How::Until, t::WAIT_UNTIL.to_owned()), (How::Next, t::WAIT_NEXT.to_owned())]
            selected=how
            on_select=choose
            label=t::HOW_TO_WAIT
        />
        {move || match how.get() {
            How::For => view! {
                <div class="ed-field">
                    <div class="ed-label"><span>{t::HOW_LONG}</span></div>
                    <SpanInput label=t::HOW_LONG ms on_change=move |ms| put("for", Delay::For { ms })/>
                    <FieldProblems at="for"/>
                </div>
            }
            .into_any(),
            How::Until => view! {
                <MappedField
                    label=t::MOMENT.to_owned()
                    value=until
                    on_change=move |until| put("until", Delay::Until(until))
                    placeholder=t::MOMENT_EXAMPLE
                    hint=t::MOMENT_HINT
                    at="until"
                />
            }
            .into_any(),
            How::Next => view! { <Next next on_change=Callback::new(move |next| put("next", Delay::Next(next)))/> }.into_any(),
        }}
    }
}

fn weekdays_at_nine() -> NextTime {
    NextTime { days: WEEKDAYS.to_vec(), at: "09:00".into(), time_zone: None }
}

#[component]
fn Next(next: Signal<NextTime>, on_change: Callback<NextTime>) -> impl IntoView {
    let editor = use_editor();
    let change = move |edit: &dyn Fn(&mut NextTime)| {
        let mut now = next.get_untracked();
        edit(&mut now);
        on_change.run(now);
    };
    let flip = move |day: u8| {
        change(&|next| {
            match next.days.iter().position(|one| *one == day) {
                Some(at) => {
                    next.days.remove(at);
                }
                None => next.days.push(day),
            }
            next.days.sort_unstable();
        });
    };
    let day = move |(at, (short, long)): (usize, &(&'static str, &'static str))| {
        let day = u8::try_from(at + 1).unwrap_or(1);
        let (short, long) = (*short, *long);
        let on = Memo::new(move |_| next.with(|next| next.days.contains(&day)));
        view! {
            <label class="check day" class:on=on>
                <input type="checkbox" aria-label=long prop:checked=on on:change=move |_| flip(day)/>
                <span aria-hidden="true">{short}</span>
            </label>
        }
    };
    let zone = Signal::derive(move || next.with(|next| next.time_zone.clone()).unwrap_or_default());
    let zones = Signal::derive(move || {
        let own = editor.def.with(|def| def.settings.time_zone.clone());
        let mut choices = vec![Choice::new("", t::zone_of_workflow(&own))];
        choices.extend(zone_names().into_iter().map(|name| Choice::new(name.clone(), name.replace('_', " "))));
        let now = zone.get();
        if !choices.iter().any(|choice| choice.value == now) {
            choices.push(Choice::new(now.clone(), now));
        }
        choices
    });
    view! {
        <div class="ed-field" data-field="next.days">
            <div class="ed-label"><span>{t::ON_DAYS}</span></div>
            <div class="checks" role="group" aria-label=t::ON_DAYS>{t::DAY_NAMES.iter().enumerate().map(day).collect_view()}</div>
            <div class="ed-more">
                <Button small=true tone=Tone::Ghost on:click=move |_| change(&|next| next.days = WEEKDAYS.to_vec())>{t::WEEKDAYS}</Button>
                <Button small=true tone=Tone::Ghost on:click=move |_| change(&|next| next.days = EVERY_DAY.to_vec())>{t::EVERY_DAY}</Button>
            </div>
            <FieldProblems at="next.days"/>
        </div>
        <div class="ed-field narrow" data-field="next.at">
            <div class="ed-label"><span>{t::AT_TIME}</span></div>
            <input
                class="input"
                type="time"
                aria-label=t::AT_TIME
                prop:value=move || next.with(|next| next.at.clone())
                on:change=move |event| {
                    let at = event_target_value(&event);
                    // Some browsers add seconds.
                    let at = at.get(..5).unwrap_or("").to_owned();
                    if !at.is_empty() {
                        change(&|next| next.at.clone_from(&at));
                    }
                }
            />
            <FieldProblems at="next.at"/>
        </div>
        <div class="ed-field" data-field="next.time_zone">
            <div class="ed-label"><span>{t::TIME_ZONE}</span></div>
            <Select
                value=zone
                on_change=move |new: String| change(&|next| next.time_zone = (!new.is_empty()).then(|| new.clone()))
                choices=zones
                label=t::TIME_ZONE
            />
            <FieldProblems at="next.time_zone"/>
        </div>
        <FieldProblems at="next"/>
    }
}
