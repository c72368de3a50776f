//! How long runs and their data are kept.

use leptos::prelude::*;
use model::definition::{KeepPayloads, Retention};

use super::Form;
use crate::{
    editor::parts::{Count, Toggle},
    text::editor as t,
    ui::Segmented,
};

const MEGABYTE: u64 = 1024 * 1024;
/// Until somebody chooses otherwise.
const RUNS: u64 = 10_000;
const SPACE: u64 = 500 * MEGABYTE;
const LONGEST_DAYS: u64 = 3_650;

#[component]
pub fn Kept(form: Form) -> impl IntoView {
    let change =
        move |key: &'static str, edit: &dyn Fn(&mut Retention)| form.change(key, &|settings| edit(&mut settings.retention));
    let data = form.part(|settings| settings.retention.payloads);
    let counted = form.part(|settings| settings.retention.most_runs.is_some());
    let runs = form.part(|settings| settings.retention.most_runs.unwrap_or(RUNS));
    let spaced = form.part(|settings| settings.retention.budget_bytes.is_some());
    let space = form.part(|settings| settings.retention.budget_bytes.unwrap_or(SPACE).div_ceil(MEGABYTE));
    let about = move || match data.get() {
        KeepPayloads::Always => t::DATA_ALWAYS_ABOUT,
        KeepPayloads::Failures => t::DATA_FAILURES_ABOUT,
        KeepPayloads::Never => t::DATA_NEVER_ABOUT,
    };
    view! {
        <section class="sentences" aria-label=t::KEEP_SECTION>
            <h3>{t::KEEP_SECTION}</h3>
            <Days
                label=t::KEEP_RUNS
                days=form.part(|settings| settings.retention.days)
                on_change=move |days| change("days", &|retention| retention.days = days)
            />
            <Days
                label=t::KEEP_FAILED
                days=form.part(|settings| settings.retention.failed_days)
                on_change=move |days| change("failed_days", &|retention| retention.failed_days = days)
            />
            <div class="ed-field">
                <div class="ed-label"><span>{t::KEEP_DATA}</span></div>
                <Segmented
                    tabs=vec![
                        (KeepPayloads::Always, t::DATA_ALWAYS.to_owned()),
                        (KeepPayloads::Failures, t::DATA_FAILURES.to_owned()),
                        (KeepPayloads::Never, t::DATA_NEVER.to_owned()),
                    ]
                    selected=data
                    on_select=move |new| change("payloads", &|retention| retention.payloads = new)
                    label=t::KEEP_DATA
                />
                <p class="ed-hint">{about}</p>
            </div>
            <Toggle label=t::LIMIT_KEPT on=counted on_change=move |on: bool| change("most_runs", &|retention| retention.most_runs = on.then_some(RUNS))>
                <div class="sentence">
                    <span>{t::AT_MOST}</span>
                    <Count label=t::LIMIT_KEPT value=runs on_change=move |n| change("most_runs", &|retention| retention.most_runs = Some(n))/>
                    <span>{t::KEPT_RUNS}</span>
                </div>
            </Toggle>
            <Toggle label=t::LIMIT_SPACE on=spaced on_change=move |on: bool| change("space", &|retention| retention.budget_bytes = on.then_some(SPACE))>
                <div class="sentence">
                    <span>{t::AT_MOST}</span>
                    <Count
                        label=t::LIMIT_SPACE
                        value=space
                        on_change=move |n: u64| change("space", &|retention| retention.budget_bytes = Some(n.saturating_mul(MEGABYTE)))
                        most=u64::MAX / MEGABYTE
                    />
                    <span>{t::SPACE_UNIT}</span>
                </div>
            </Toggle>
        </section>
    }
}

/// So many days; left empty, what the server is set up for.
#[component]
fn Days(label: &'static str, days: Signal<Option<u32>>, #[prop(into)] on_change: Callback<Option<u32>>) -> impl IntoView {
    let typed = move |event| {
        let text = event_target_value(&event);
        match text.trim() {
            "" => on_change.run(None),
            text => {
                if let Some(n) = text.parse::<u64>().ok().filter(|n| (1..=LONGEST_DAYS).contains(n)) {
                    on_change.run(u32::try_from(n).ok());
                }
            }
        }
    };
    view! {
        <div class="sentence">
            <span>{label}</span>
            <input
                class="input tiny"
                type="number"
                min="1"
                max=LONGEST_DAYS.to_string()
                aria-label=label
                prop:value=move || days.get().map(|days| days.to_string()).unwrap_or_default()
                on:input=typed
            />
            <span>{move || if days.get().is_some() { t::DAYS } else { t::AS_INSTALLED }}</span>
        </div>
    }
}
