use leptos::prelude::*;
use model::{
    Timestamp,
    api::{RunDetail, RunStep},
    ids::StepPath,
    run::StepStatus,
};

use super::{
    Shown,
    lanes::{Look, Scale, Stretch, bounds, stretches},
    looked_up,
};
use crate::{
    moment::use_now,
    text::{run as t, time::span},
    ui::{Glyph, Icon, StatusDot, StepTile, step_look},
};

/// A lane per step: when it worked, when it waited. Pressing a lane shows the step.
#[component]
pub fn Timeline(
    detail: Signal<RunDetail>,
    shown: Memo<Shown>,
    on_choose: impl Fn(Shown) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let clock = use_now();
    let over = Memo::new(move |_| detail.with(|detail| detail.run.finished_at.is_some()));
    // An ended run does not follow the clock.
    let now = Memo::new(move |_| if over.get() { Timestamp(0) } else { clock.get() });
    let queue = Memo::new(move |_| {
        detail.with(|detail| {
            let run = &detail.run;
            let to = run.started_at.or(run.finished_at).unwrap_or(now.get());
            Stretch { look: Look::Queued, from: run.created_at, to: to.max(run.created_at) }
        })
    });
    let scale = Memo::new(move |_| {
        detail.with(|detail| {
            let (from, to) = bounds(detail, now.get());
            let mut all: Vec<Stretch> = detail.steps.iter().flat_map(|step| stretches(step, now.get())).collect();
            all.push(queue.get());
            Scale::new(from, to, &all)
        })
    });
    let drawn = Memo::new(move |_| detail.with(drawn));
    let paths = Memo::new(move |_| drawn.with(|(paths, _)| paths.clone()));
    let left_out = Memo::new(move |_| drawn.with(|(_, left_out)| *left_out));
    let lane = move |path: StepPath| {
        detail.with_untracked(|detail| looked_up(detail, &path)).map(|first| {
            let at = path.clone();
            let step =
                Memo::new(move |_| detail.try_with(|detail| looked_up(detail, &at)).flatten().unwrap_or_else(|| first.clone()));
            view! { <Lane step scale now shown on_choose/> }
        })
    };
    let trigger_kind = Memo::new(move |_| {
        detail.with(|detail| {
            detail.definition.trigger(&detail.run.trigger).map_or("webhook", |trigger| trigger.kind.name()).to_owned()
        })
    });
    view! {
        <div class="timeline" role="group" aria-label=t::TIMELINE>
            <button
                type="button"
                class="lane"
                class:sel=move || shown.get() == Shown::Event
                aria-pressed=move || if shown.get() == Shown::Event { "true" } else { "false" }
                on:click=move |_| on_choose(Shown::Event)
            >
                <StepTile kind=trigger_kind small=true/>
                <span class="lane-name">{t::EVENT}</span>
                <span class="lane-track" data-tip=t::QUEUE_ABOUT>{move || segment(&queue.get(), &scale.get())}</span>
                <span class="lane-took">{move || { let queue = queue.get(); span(queue.to.since(queue.from)) }}</span>
            </button>
            <For each=move || paths.get() key=Clone::clone children=lane/>
            <Show when=move || paths.with(Vec::is_empty)><p class="lane-none">{t::NO_STEPS}</p></Show>
            <Show when=move || { left_out.get() > 0 }>
                <p class="lane-note"><Icon glyph=Glyph::Info/>{move || t::more_lanes(left_out.get())}</p>
            </Show>
            <Show when=move || scale.with(|scale| scale.shortened)>
                <p class="lane-note"><Icon glyph=Glyph::Info/>{t::WAITS_SHORTENED}</p>
            </Show>
        </div>
    }
}

/// Lanes for steps inside loops, at most: their loop's table shows them all.
const ITEM_LANES: usize = 12;

/// The steps that get a lane, and how many do not.
fn drawn(detail: &RunDetail) -> (Vec<StepPath>, usize) {
    let mut room = ITEM_LANES;
    let mut left_out = 0;
    let mut paths = Vec::new();
    for step in &detail.steps {
        if step.path.iterations().next().is_some() {
            // Those first that somebody may have to look at.
            let open = !matches!(step.state.status, StepStatus::Succeeded | StepStatus::Skipped);
            if !open || room == 0 {
                left_out += 1;
                continue;
            }
            room -= 1;
        }
        paths.push(step.path.clone());
    }
    (paths, left_out)
}

#[component]
fn Lane(
    step: Memo<RunStep>,
    scale: Memo<Scale>,
    now: Memo<Timestamp>,
    shown: Memo<Shown>,
    on_choose: impl Fn(Shown) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let path = StoredValue::new(step.with_untracked(|step| step.path.clone()));
    let on = Memo::new(move |_| path.with_value(|path| matches!(&*shown.read(), Shown::Step(other) if other == path)));
    let look = Memo::new(move |_| step_look(step.with(|step| step.state.status)));
    let drawn = Memo::new(move |_| step.with(|step| stretches(step, now.get())));
    let took = Memo::new(move |_| {
        drawn.with(|drawn| match (drawn.first(), drawn.last()) {
            (Some(first), Some(last)) => span(last.to.since(first.from)),
            _ => String::new(),
        })
    });
    let name = Memo::new(move |_| {
        step.with(|step| match step.path.iterations().next() {
            Some((_, index)) => t::lane_of_item(index, &step.label),
            None => step.label.clone(),
        })
    });
    let inner = step.with_untracked(|step| step.path.iterations().count());
    view! {
        <button
            type="button"
            class="lane"
            class:inner={inner > 0}
            class:sel=on
            aria-pressed=move || if on.get() { "true" } else { "false" }
            aria-label=move || t::lane(&name.get(), look.get().2, &took.get())
            on:click=move |_| on_choose(Shown::Step(path.get_value()))
        >
            <StepTile kind=Signal::derive(move || step.with(|step| step.kind.clone())) small=true/>
            <span class="lane-name">{name}</span>
            <span class="lane-track">
                {move || {
                    let scale = scale.get();
                    drawn.with(|drawn| drawn.iter().map(|stretch| segment(stretch, &scale)).collect_view())
                }}
            </span>
            <span class="lane-took">{took}</span>
            <StatusDot look/>
        </button>
    }
}

fn segment(stretch: &Stretch, scale: &Scale) -> impl IntoView + use<> {
    let (from, to) = (scale.place(stretch.from), scale.place(stretch.to));
    let style = format!("left:{from:.2}%;width:{:.2}%", (to - from).max(0.0));
    view! { <i class=stretch.look.class() style=style data-tip=span(stretch.to.since(stretch.from))></i> }
}
