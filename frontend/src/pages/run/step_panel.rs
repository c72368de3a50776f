use leptos::prelude::*;
use model::{
    api::{RunDetail, RunStep},
    ids::StepPath,
    run::{Datum, StepError, StepStatus},
    step::StepKind,
};

use super::{
    attempts::{Attempts, is_sandbox},
    items::LoopItems,
    kin::Child,
    looked_up,
    said::{said, simulated},
    waits::WaitFacts,
};
use crate::{
    api::encode,
    text::{run as t, sentence, status},
    ui::{CopyButton, Glyph, Icon, JsonTree, JsonViews, StepStatusChip, StepTile, coded},
};

/// One step: what went in, what came out, what stood in the way.
#[component]
pub fn StepPanel(detail: Signal<RunDetail>, path: StepPath) -> impl IntoView {
    let find = move |detail: &RunDetail| looked_up(detail, &path);
    detail.with_untracked(&find).map(|first| {
        let step = Memo::new(move |_| detail.try_with(&find).flatten().unwrap_or_else(|| first.clone()));
        view! { <Step detail step/> }
    })
}

#[component]
fn Step(detail: Signal<RunDetail>, step: Memo<RunStep>) -> impl IntoView {
    let status = Memo::new(move |_| step.with(|step| step.state.status));
    let input = Memo::new(move |_| step.with(|step| step.state.input.clone()));
    let output = Memo::new(move |_| step.with(|step| step.state.output.clone()));
    let looked_at = Memo::new(move |_| step.with(|step| step.state.detail.clone()));
    let slug = Memo::new(move |_| {
        let id = step.with(|step| step.step.clone());
        detail.with(|detail| detail.definition.step(&id).map(|step| step.slug.clone())).unwrap_or_default()
    });
    let no_output = move || if status.get() == StepStatus::Failed { t::NO_OUTPUT_FAILED } else { t::NO_OUTPUT };
    let sandbox =
        Memo::new(move |_| step.with(|step| step.state.attempts.iter().any(|attempt| is_sandbox(&step.state.attempts, attempt))));
    let child = Memo::new(move |_| step.with(|step| step.state.child));
    let seq = Signal::derive(move || detail.with(|detail| detail.run.seq));
    let is_wait = step.with_untracked(|step| step.kind.starts_with("wait"));
    // What every item gave stands in the table, not once more as one long list.
    let is_loop =
        step.with_untracked(|step| matches!(step.kind.as_str(), "for_each" | "repeat_until") && step.state.iterations.is_some());
    // Only members who sign in see what it leads to.
    let link = Signal::derive(move || {
        let origin = window().location().origin().unwrap_or_default();
        detail.with(|detail| step.with(|step| format!("{origin}/runs/{}?at={}", detail.run.id, encode(&step.path.0))))
    });
    let skipped = Memo::new(move |_| status.get() == StepStatus::Skipped);
    view! {
        <div class="panel">
            <div class="panel-head">
                <StepTile kind=Signal::derive(move || step.with(|step| step.kind.clone()))/>
                <h2 class="cut">{move || step.with(|step| step.label.clone())}</h2>
                <StepStatusChip status/>
                <CopyButton value=link label=t::COPY_STEP_LINK small=true/>
            </div>
            <Remarks detail step/>
            {move || step.with(said).map(|said| view! { <p class="note"><Icon glyph=Glyph::Info/>{said.words()}</p> })}
            {move || step.with(simulated).then(|| view! { <p class="note"><Icon glyph=Glyph::Info/>{t::SIMULATED}</p> })}
            {move || sandbox.get().then(|| view! { <p class="note"><Icon glyph=Glyph::Boxes/>{t::SANDBOX_ABOUT}</p> })}
            {move || child.get().map(|id| view! { <Child id seq/> })}
            {is_wait.then(|| view! { <WaitFacts detail step/> })}
            {is_loop.then(|| view! { <LoopItems detail step/> })}
            <Show when=move || !skipped.get()>
                <div class="io">
                    <section>
                        <h3 class="panel-sub">{t::INPUT}</h3>
                        {move || match input.get() {
                            Some(datum) => view! { <Whole datum root=String::new() file=format!("{}-input", slug.get())/> }.into_any(),
                            None => view! { <p class="muted small">{t::NO_INPUT}</p> }.into_any(),
                        }}
                    </section>
                    <section>
                        <h3 class="panel-sub">{t::OUTPUT}</h3>
                        {move || match output.get() {
                            Some(datum) => view! { <Whole datum root=slug.get() file=slug.get()/> }.into_any(),
                            None => view! { <p class="muted small">{no_output}</p> }.into_any(),
                        }}
                    </section>
                </div>
                {move || {
                    looked_at
                        .get()
                        .map(|datum| {
                            view! {
                                <h3 class="panel-sub">{t::DETAIL}</h3>
                                <Data datum root=String::new()/>
                            }
                        })
                }}
                <Attempts step/>
            </Show>
        </div>
    }
}

/// A value of the journal, where it is at hand.
#[component]
pub fn Data(datum: Datum, root: String) -> impl IntoView {
    match datum {
        Datum::Inline(value) => view! { <JsonTree value=value.as_ref().clone() root/> }.into_any(),
        Datum::Stored { bytes, .. } => view! { <p class="muted small">{t::stored(bytes)}</p> }.into_any(),
    }
}

/// The same with its other looks, a search and a file.
#[component]
fn Whole(datum: Datum, root: String, file: String) -> impl IntoView {
    match datum {
        Datum::Inline(value) => view! { <JsonViews value=value.as_ref().clone() root file/> }.into_any(),
        stored @ Datum::Stored { .. } => view! { <Data datum=stored root/> }.into_any(),
    }
}

/// The error, why it was skipped, which way it went, what was missing.
#[component]
fn Remarks(detail: Signal<RunDetail>, step: Memo<RunStep>) -> impl IntoView {
    move || {
        let step = step.get();
        let state = &step.state;
        let over = detail.with(|detail| detail.run.status.is_final());
        let arms = state.arms.as_ref().map(|taken| {
            let names: Vec<String> = detail.with(|detail| match detail.definition.step(&step.step).map(|step| &step.kind) {
                Some(StepKind::Branch(branch)) => {
                    branch.arms.iter().filter(|arm| taken.contains(&arm.id)).map(|arm| arm.label.clone()).collect()
                }
                _ => taken.iter().map(ToString::to_string).collect(),
            });
            t::arms(&names)
        });
        view! {
            {state.error.as_ref().map(|error| view! { <ErrorNote error=error.clone() continued=state.continued over/> })}
            {state.skipped.map(|reason| view! { <p class="note"><Icon glyph=Glyph::Skip/>{status::skipped(reason)}</p> })}
            {arms.map(|arms| view! { <p class="note"><Icon glyph=Glyph::Split/>{arms}</p> })}
            {(!state.notes.is_empty())
                .then(|| {
                    let notes = state
                        .notes
                        .iter()
                        .map(|note| {
                            let hint = note.suggestion.as_ref().map(|text| t::suggestion(text));
                            view! {
                                <li>
                                    {coded(&note.message)}
                                    {hint.map(|hint| view! { <span class="muted">" " {hint}</span> })}
                                </li>
                            }
                        })
                        .collect_view();
                    view! { <div class="note warn"><Icon glyph=Glyph::Info/><ul aria-label=t::NOTES>{notes}</ul></div> }
                })}
        }
    }
}

#[component]
fn ErrorNote(
    error: StepError,
    continued: bool,
    /// The run has ended: only then it can be replayed, which most advice says.
    over: bool,
) -> impl IntoView {
    let suggestion = error.suggestion.as_ref().map(|text| t::suggestion(text));
    let advice = suggestion.or_else(|| over.then(|| t::advice(error.class).to_owned()));
    view! {
        <div class="note bad" role="alert">
            <Icon glyph=Glyph::Alert/>
            <div class="note-words">
                <b>{coded(&sentence(&error.message))}</b>
                {advice.map(|advice| view! { <span>{advice}</span> })}
                {error.field.map(|field| view! { <span class="mono">{t::field(&field)}</span> })}
                {continued.then(|| view! { <span>{t::CONTINUED}</span> })}
            </div>
        </div>
    }
}
