//! What should be looked at: beside the fields it is about, and together behind a chip.

use leptos::prelude::*;
use manifest::Mend;
use model::{Place, Problem, Severity};

use super::{
    inspector::Subject,
    remedies,
    state::{Editor, Selected, Tab, use_editor},
};
use crate::{
    text::editor as t,
    ui::{Button, Glyph, Icon, StepTile, Tone, coded},
};

/// Whether a problem is about the field `at` or something within it.
fn is_at(problem: &Problem, at: &str, exact: bool) -> bool {
    problem
        .place
        .field
        .as_deref()
        .and_then(|field| field.strip_prefix(at))
        .is_some_and(|rest| rest.is_empty() || !exact && rest.starts_with(['.', '[']))
}

fn is_about(place: &Place, selected: &Selected) -> bool {
    match selected {
        Selected::Step(id) => place.step.as_ref() == Some(id),
        Selected::Trigger(id) => place.trigger.as_ref() == Some(id),
    }
}

/// Something that is only still missing, rather than wrong.
fn is_todo(problem: &Problem) -> bool {
    matches!(
        problem.code.as_str(),
        "definition.required"
            | "definition.no_connection"
            | "definition.empty_condition"
            | "definition.no_fields"
            | "definition.no_rows"
    )
}

/// The problems of one field of what the inspector shows, but for what a mapped field says itself.
#[component]
pub fn FieldProblems(
    #[prop(into)] at: Signal<String>,
    /// Not those of its parts, which show beside them.
    #[prop(optional)]
    exact: bool,
) -> impl IntoView {
    let editor = use_editor();
    let subject = use_context::<Subject>();
    let found = Memo::new(move |_| {
        let selected = subject?.selected();
        at.with(|at| {
            editor.problems.with(|all| {
                let mut lines: Vec<(Severity, bool, String)> = Vec::new();
                for problem in all.iter().filter(|problem| is_about(&problem.place, &selected) && is_at(problem, at, exact)) {
                    if !lines.iter().any(|(.., message)| message == &problem.message) {
                        lines.push((problem.severity, is_todo(problem), problem.message.clone()));
                    }
                }
                Some(lines)
            })
        })
    });
    move || {
        let found = found
            .get()
            .unwrap_or_default()
            .into_iter()
            .filter(|(.., message)| !subject.is_some_and(|subject| subject.says(message)));
        found.map(|(severity, todo, message)| {
            let class = match severity {
                _ if todo => "field-problem todo",
                Severity::Warning => "field-problem warn",
                Severity::Error | Severity::Broken => "field-problem bad",
            };
            view! { <p class=class><Icon glyph=if todo { Glyph::Info } else { Glyph::Alert }/><span>{coded(&message)}</span></p> }
        }).collect_view()
    }
}

/// The worst problem of a step or trigger, for its card. What is only still missing counts as a warning.
pub fn worst(editor: Editor, selected: &Selected) -> Option<(Severity, String)> {
    editor.problems.with(|all| {
        let own = all.iter().filter(|problem| is_about(&problem.place, selected));
        own.max_by_key(|problem| tone(problem)).map(|problem| (tone(problem), problem.message.clone()))
    })
}

fn tone(problem: &Problem) -> Severity {
    if is_todo(problem) { Severity::Warning } else { problem.severity }
}

/// Opens the step or trigger a problem is about, at its field.
pub fn show(editor: Editor, problem: &Problem) {
    let selected = match (&problem.place.step, &problem.place.trigger) {
        (Some(step), _) => Some(Selected::Step(step.clone())),
        (None, Some(trigger)) => Some(Selected::Trigger(trigger.clone())),
        (None, None) => None,
    };
    let Some(selected) = selected else { return };
    editor.inspect(selected);
    let field = problem.place.field.clone().unwrap_or_default();
    editor.tab.set(if field.starts_with("policy") { Tab::Failure } else { Tab::SetUp });
    // The form is made first.
    set_timeout(move || focus_field(&field), std::time::Duration::from_millis(60));
}

fn focus_field(field: &str) {
    // `input.headers.x` stands in the field `input.headers`.
    let mut at = field;
    loop {
        let found = document().query_selector(&format!("[data-field=\"{}\"]", at.replace(['"', '\\'], "")));
        if let Ok(Some(found)) = found {
            let input = found.query_selector("[contenteditable=true], textarea, input, select").ok().flatten().unwrap_or(found);
            if let Ok(input) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(input) {
                let _ = input.focus();
            }
            return;
        }
        match at.rfind(['.', '[']) {
            Some(cut) => at = &at[..cut],
            None => return,
        }
    }
}

/// The chip at the canvas's corner and the list behind it.
#[component]
pub fn ProblemsChip() -> impl IntoView {
    let editor = use_editor();
    let open = RwSignal::new(false);
    let count = Memo::new(move |_| editor.problems.with(Vec::len));
    let worst = Memo::new(move |_| editor.problems.with(|all| all.iter().map(tone).max()));
    let class = move || match worst.get() {
        Some(Severity::Error | Severity::Broken) => "bad",
        _ => "warn",
    };
    view! {
        <Show when=move || { count.get() > 0 }>
            <div class="problems">
                <Show when=move || open.get()>
                    <div class="problems-panel" role="dialog" aria-label=t::THINGS_TO_LOOK_AT>
                        <ProblemList on_choose=move |()| open.set(false)/>
                    </div>
                </Show>
                <button
                    type="button"
                    class=move || format!("chip problems-chip {}", class())
                    aria-expanded=move || if open.get() { "true" } else { "false" }
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <Icon glyph=Glyph::Alert/>
                    {move || t::things_to_look_at(count.get())}
                </button>
            </div>
        </Show>
    }
}

/// Every problem, what stops publishing first, with the step it is about and what would mend it.
#[component]
pub fn ProblemList(#[prop(into)] on_choose: Callback<()>) -> impl IntoView {
    let editor = use_editor();
    let rows = move || {
        let mut problems = editor.problems.get();
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        remedies::offered(editor, problems)
    };
    // Keyed by all of it: a row never keeps the press of another.
    view! {
        <ul class="problem-list">
            <For each=rows key=|row| format!("{row:?}") let((problem, mends))>
                <ProblemRow problem mends on_choose/>
            </For>
        </ul>
    }
}

#[component]
fn ProblemRow(problem: Problem, mends: Vec<Mend>, on_choose: Callback<()>) -> impl IntoView {
    let editor = use_editor();
    let (kind, label) = editor.def.with_untracked(|def| owner(def, &problem.place));
    let class = if tone(&problem) == Severity::Warning { "problem warn" } else { "problem bad" };
    let message = problem.message.clone();
    let mends = mends.into_iter().map(|mend| {
        let name = t::mend_of(&label, &mend.kind);
        view! {
            <Button
                small=true
                tone=Tone::Plain
                icon=Glyph::Wand
                attr:aria-label=name
                on:click=move |_| if editor.edit(mend.op.clone()) {
                    editor.toasts.done(t::MENDED);
                }
            >
                {t::mend(&mend.kind)}
            </Button>
        }
    });
    let mends = mends.collect_view();
    view! {
        <li>
            <button
                type="button"
                class=class
                on:click=move |_| {
                    show(editor, &problem);
                    on_choose.run(());
                }
            >
                <StepTile kind small=true/>
                <span><b>{label}</b><span>{coded(&message)}</span></span>
            </button>
            {(!mends.is_empty()).then(|| view! { <div class="problem-mends">{mends}</div> })}
        </li>
    }
}

fn owner(def: &model::WorkflowDefinition, place: &Place) -> (String, String) {
    if let Some(step) = place.step.as_ref().and_then(|id| def.step(id)) {
        return (super::steps::kind_name(&step.kind), step.label.clone());
    }
    if let Some(trigger) = place.trigger.as_ref().and_then(|id| def.trigger(id)) {
        return (super::triggers::mark(&trigger.kind), trigger.label.clone());
    }
    ("workflow".into(), t::THE_WORKFLOW.into())
}
