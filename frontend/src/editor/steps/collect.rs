use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{Collect, StepKind},
};

use crate::{
    editor::{
        cron,
        cron_field::CronField,
        mapping::MappedField,
        parts::{Count, Gives, Toggle},
        problems::FieldProblems,
        span::SpanInput,
        state::use_editor,
    },
    text::editor as t,
    ui::{Glyph, Icon},
};

const TEN: u32 = 10;
const AN_HOUR: u64 = 3_600_000;
const EVERY_MORNING: &str = "0 9 * * *";

#[component]
pub fn CollectForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let collect = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Collect(collect)) => collect,
        _ => Collect { item: Mapped::Omit, key: None, count: None, after_ms: None, schedule: None },
    });
    let id = StoredValue::new(id);
    let change = move |key: &str, edit: &dyn Fn(&mut Collect)| {
        editor.update_kind(&id.get_value(), key, |kind| {
            if let StepKind::Collect(collect) = kind {
                edit(collect);
            }
        });
    };
    let item = Signal::derive(move || collect.with(|collect| collect.item.clone()));
    let key = Signal::derive(move || collect.with(|collect| collect.key.clone()).unwrap_or(Mapped::text("")));
    let put_key = move |new: Mapped| {
        let kept = (new != Mapped::text("") && new != Mapped::Omit).then_some(new);
        change("key", &|collect| collect.key.clone_from(&kept));
    };
    let by_count = Signal::derive(move || collect.with(|collect| collect.count.is_some()));
    let by_time = Signal::derive(move || collect.with(|collect| collect.after_ms.is_some()));
    let by_schedule = Signal::derive(move || collect.with(|collect| collect.schedule.is_some()));
    let count = Signal::derive(move || collect.with(|collect| u64::from(collect.count.unwrap_or(TEN))));
    let after = Signal::derive(move || collect.with(|collect| collect.after_ms.unwrap_or(AN_HOUR)));
    let schedule = Signal::derive(move || collect.with(|collect| collect.schedule.clone()).unwrap_or_default());
    let never = Memo::new(move |_| !by_count.get() && !by_time.get() && !by_schedule.get());
    let put_count = move |n: u64| change("count", &|collect| collect.count = u32::try_from(n).ok());
    view! {
        <p class="ed-intro">{t::COLLECT_INTRO}</p>
        <MappedField
            label=t::COLLECT_ITEM.to_owned()
            value=item
            on_change=move |new: Mapped| change("item", &|collect| collect.item = new.clone())
            required=true
            at="item"
        />
        <MappedField
            label=t::COLLECT_KEY.to_owned()
            value=key
            on_change=put_key
            placeholder=t::COLLECT_KEY_EXAMPLE
            hint=t::COLLECT_KEY_HINT
            at="key"
        />
        <section class="sentences" aria-label=t::CLOSES>
            <h3>{t::CLOSES}</h3>
            <Toggle label=t::CLOSE_BY_COUNT at="count" on=by_count on_change=move |on: bool| change("by_count", &|collect| collect.count = on.then_some(TEN))>
                <div class="sentence">
                    <Count label=t::CLOSE_BY_COUNT value=count on_change=put_count most=u64::from(Collect::MAX_ITEMS)/>
                    <span>{t::CLOSE_COUNT_UNIT}</span>
                </div>
            </Toggle>
            <Toggle label=t::CLOSE_BY_TIME at="after_ms" on=by_time on_change=move |on: bool| change("by_time", &|collect| collect.after_ms = on.then_some(AN_HOUR))>
                <div class="sentence">
                    <SpanInput label=t::CLOSE_BY_TIME ms=after on_change=move |ms: u64| change("after", &|collect| collect.after_ms = Some(ms))/>
                </div>
            </Toggle>
            <Toggle
                label=t::CLOSE_BY_SCHEDULE
                at="schedule"
                on=by_schedule
                on_change=move |on: bool| change("by_schedule", &|collect| collect.schedule = on.then(|| EVERY_MORNING.to_owned()))
            >
                <div class="ed-field ed-nested" data-field="cron">
                    <CronField value=schedule on_change=move |new: String| change("schedule", &|collect| collect.schedule = Some(new.clone()))/>
                    <p class="ed-hint"><b>{move || cron::words(&schedule.get())}</b></p>
                </div>
            </Toggle>
            {move || if never.get() {
                view! { <p class="field-problem warn"><Icon glyph=Glyph::Alert/><span>{t::NEVER_CLOSES}</span></p> }.into_any()
            } else {
                view! { <p class="ed-hint">{t::CLOSE_HINT}</p> }.into_any()
            }}
            <FieldProblems at="closes"/>
        </section>
        <Gives fields=t::COLLECT_GIVES/>
    }
}
