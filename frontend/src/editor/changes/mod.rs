//! Two definitions beside each other, as a person reads it: before publishing, in the history, when two people edit.

mod names;

use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    compare::{Change, Content, Field, How, Path, Subject, diff, field_name, narrowed, place_words, words},
};

pub use names::Names;

use super::{data::Seen, state::use_editor, summary, triggers};
use crate::{
    text::editor as t,
    ui::{Glyph, Icon, StepTile},
};

/// What turns one definition into the other, step by step and field by field.
#[component]
pub fn Changes(
    #[prop(into)] before: Signal<WorkflowDefinition>,
    #[prop(into)] after: Signal<WorkflowDefinition>,
    /// What is said when nothing differs.
    nothing: &'static str,
) -> impl IntoView {
    let editor = use_editor();
    move || {
        let names = Names::new(editor, before.get(), after.get());
        let found = diff(names.before(), names.after());
        if found.changes.is_empty() {
            return view! { <p class="dialog-text">{nothing}</p> }.into_any();
        }
        let rows = found.changes.iter().map(|change| row(change, &names)).collect_view();
        view! { <ul class="changes" data-testid="changes">{rows}</ul> }.into_any()
    }
}

fn row(change: &Change, names: &Names) -> impl IntoView + use<> {
    let (class, sign, word) = match &change.how {
        How::Added(_) => ("change ok", Glyph::Plus, t::CHANGE_NEW),
        How::Removed => ("change bad", Glyph::Minus, t::CHANGE_GONE),
        How::Changed { .. } => ("change run", Glyph::Edit, t::CHANGE_CHANGED),
    };
    let about = match &change.how {
        How::Added(place) => {
            let place = place.as_ref().map(|place| place_words(place, names)).unwrap_or_default();
            Some(t::outlined(&does(&change.subject, names), &place)).filter(|about| !about.is_empty())
        }
        How::Changed { moved: Some((from, to)), .. } => Some(t::moved(&place_words(from, names), &place_words(to, names))),
        _ => None,
    };
    let fields = match &change.how {
        How::Changed { fields, .. } => fields.iter().map(|field| field_row(&change.subject, field, names)).collect_view(),
        _ => Vec::new(),
    };
    view! {
        <li class=class>
            <p class="change-head">
                <Icon glyph=sign/>
                <StepTile kind=names.kind(&change.subject) small=true/>
                <b>{label(&change.subject, &change.label)}</b>
                <span class="change-word">{word}</span>
            </p>
            {about.map(|about| view! { <p class="change-about">{about}</p> })}
            {(!fields.is_empty()).then(|| view! { <dl class="change-fields">{fields}</dl> })}
        </li>
    }
}

/// What a change is about, for its heading.
pub fn label(subject: &Subject, label: &str) -> String {
    if *subject == Subject::Workflow { t::SETTINGS_OF_WORKFLOW.to_owned() } else { label.to_owned() }
}

/// What a new step or trigger will do.
fn does(subject: &Subject, names: &Names) -> String {
    match subject {
        Subject::Workflow => String::new(),
        Subject::Trigger(id) => names.after().trigger(id).map(summary::trigger).unwrap_or_default(),
        Subject::Step(id) => {
            let step = names.after().step(id);
            step.map(|step| summary::step(step, &Default::default(), &|id| names.workflow_name(id))).unwrap_or_default()
        }
    }
}

fn field_row(subject: &Subject, field: &Field, names: &Names) -> impl IntoView + use<> {
    let (before, after) = sides(&field.path, field.before.as_ref(), field.after.as_ref(), names);
    view! {
        <div>
            <dt>{field_name(subject, &field.path, names)}</dt>
            <dd>
                <Side words=before gone=true/>
                <span class="change-to" role="img" aria-label=t::CHANGES_TO><Icon glyph=Glyph::ArrowRight/></span>
                <Side words=after gone=false/>
            </dd>
        </div>
    }
}

/// Both values of a field in words; long ones only around where they differ. A side without one is absent.
pub fn sides(path: &Path, before: Option<&Content>, after: Option<&Content>, names: &Names) -> (Option<String>, Option<String>) {
    let of = |side: Option<&Content>| side.map(|content| words(path, content, names));
    match (of(before), of(after)) {
        (Some(before), Some(after)) => {
            let (before, after) = narrowed(&before, &after);
            (Some(before), Some(after))
        }
        sides => sides,
    }
}

/// One value; what no longer holds is struck through.
#[component]
pub fn Side(words: Option<String>, gone: bool) -> impl IntoView {
    match words {
        None => view! { <span class="change-none">{t::NOTHING_SET}</span> }.into_any(),
        Some(words) if words.is_empty() => view! { <span class="change-none">{t::EMPTY_TEXT}</span> }.into_any(),
        Some(words) if gone => view! { <del dir="auto">{words}</del> }.into_any(),
        Some(words) => view! { <ins dir="auto">{words}</ins> }.into_any(),
    }
}

/// What a first version does: its triggers and steps with what they will do.
#[component]
pub fn Outline() -> impl IntoView {
    let editor = use_editor();
    move || {
        // Of the sample nothing is published: the names of the fields stand where their values will.
        let seen = Seen::default();
        let lines: Vec<(String, String)> = editor.def.with(|draft| {
            let of_triggers = draft
                .triggers
                .iter()
                .map(|trigger| (triggers::mark(&trigger.kind), t::outlined(&trigger.label, &summary::trigger(trigger))));
            let of_steps = draft.in_order().into_iter().filter_map(|id| {
                let step = draft.step(&id)?;
                let about = summary::step(step, &seen, &|id| editor.others.name(id));
                Some((super::steps::kind_name(&step.kind), t::outlined(&step.label, &about)))
            });
            of_triggers.chain(of_steps.collect::<Vec<_>>()).collect()
        });
        if lines.is_empty() {
            return view! { <p class="dialog-text">{t::NOTHING_CHANGES}</p> }.into_any();
        }
        let row = |(kind, words): (String, String)| {
            view! {
                <li class="change ok"><p class="change-head"><Icon glyph=Glyph::Plus/><StepTile kind small=true/><span>{words}</span></p></li>
            }
        };
        view! { <ul class="changes">{lines.into_iter().map(row).collect_view()}</ul> }.into_any()
    }
}
