use leptos::prelude::*;
use model::{
    api::RunSummary,
    run::{Control, Hold, RunStatus, StepStatus},
};

use super::{Chip, ChipTone, Glyph, Icon};
use crate::text;

/// The colour, icon and words of a run's state.
pub fn run_look(status: RunStatus, control: Control, hold: Option<Hold>) -> (ChipTone, Glyph, &'static str) {
    if control == Control::Cancelling && !status.is_final() {
        return (ChipTone::Quiet, Glyph::Loader, text::status::CANCELLING);
    }
    match (status, hold) {
        (RunStatus::Waiting, Some(hold)) => {
            let (tone, glyph) = match hold {
                Hold::Unknown => (ChipTone::Warn, Glyph::Question),
                Hold::Connection => (ChipTone::Hold, Glyph::Plug),
                Hold::Budget => (ChipTone::Hold, Glyph::Hourglass),
                Hold::Lane => (ChipTone::Hold, Glyph::List),
                Hold::Paused => (ChipTone::Hold, Glyph::Pause),
                Hold::System => (ChipTone::Bad, Glyph::Stop),
            };
            (tone, glyph, text::status::hold(hold))
        }
        (status, _) => {
            let (tone, glyph) = match status {
                RunStatus::Queued => (ChipTone::Quiet, Glyph::Clock),
                RunStatus::Running => (ChipTone::Run, Glyph::Loader),
                RunStatus::Waiting => (ChipTone::Hold, Glyph::Hourglass),
                RunStatus::Succeeded => (ChipTone::Ok, Glyph::Check),
                RunStatus::Filtered => (ChipTone::Quiet, Glyph::Filter),
                RunStatus::Failed => (ChipTone::Bad, Glyph::Alert),
                RunStatus::Cancelled => (ChipTone::Quiet, Glyph::Ban),
            };
            (tone, glyph, text::status::run(status))
        }
    }
}

/// The colour, icon and words of a step's state.
pub fn step_look(status: StepStatus) -> (ChipTone, Glyph, &'static str) {
    let (tone, glyph) = match status {
        StepStatus::Pending => (ChipTone::Quiet, Glyph::Ring),
        StepStatus::Ready => (ChipTone::Run, Glyph::Dot),
        StepStatus::Running => (ChipTone::Run, Glyph::Loader),
        StepStatus::Backoff => (ChipTone::Hold, Glyph::Refresh),
        StepStatus::Waiting => (ChipTone::Hold, Glyph::Hourglass),
        StepStatus::Unknown => (ChipTone::Warn, Glyph::Question),
        StepStatus::Succeeded => (ChipTone::Ok, Glyph::Check),
        StepStatus::Failed => (ChipTone::Bad, Glyph::Alert),
        StepStatus::Skipped => (ChipTone::Quiet, Glyph::Skip),
    };
    (tone, glyph, text::status::step(status))
}

/// A run's state as icon and words.
#[component]
pub fn RunStatusChip(#[prop(into)] run: Signal<RunSummary>) -> impl IntoView {
    let look = Memo::new(move |_| run.with(|run| run_look(run.status, run.control, run.hold)));
    view! { <Chip tone=Signal::derive(move || look.get().0) glyph=Signal::derive(move || Some(look.get().1))>{move || look.get().2}</Chip> }
}

/// A step's state as icon and words.
#[component]
pub fn StepStatusChip(#[prop(into)] status: Signal<StepStatus>) -> impl IntoView {
    let look = Memo::new(move |_| step_look(status.get()));
    view! { <Chip tone=Signal::derive(move || look.get().0) glyph=Signal::derive(move || Some(look.get().1))>{move || look.get().2}</Chip> }
}

/// A state's icon alone, where there is no room for words; they are its tooltip and its name.
#[component]
pub fn StatusDot(#[prop(into)] look: Signal<(ChipTone, Glyph, &'static str)>) -> impl IntoView {
    view! {
        <span class=move || format!("status-dot {}", look.get().0.class()) role="img" aria-label=move || look.get().2 data-tip=move || look.get().2>
            {move || view! { <Icon glyph=look.get().1/> }}
        </span>
    }
}
