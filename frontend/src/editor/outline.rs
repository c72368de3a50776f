//! The workflow as a list within lists beside the canvas: for screen readers, and to find one's way in a long one. Choosing jumps.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::{Severity, WorkflowDefinition, ids::StepId};

use super::{
    problems,
    state::{Selected, use_editor},
    steps::kind_name,
    triggers,
};
use crate::{
    canvas::{body_name, focus_selected},
    text::{self, editor as t},
    ui::{Glyph, Icon, IconButton, StepTile},
};

/// A step or trigger with what stands inside it.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    of: Selected,
    kind: String,
    label: String,
    off: bool,
    paths: Vec<Path>,
}

/// A body of a step.
#[derive(Debug, Clone, PartialEq)]
struct Path {
    /// Absent where the step has only this one.
    name: Option<String>,
    lines: Vec<Line>,
}

fn outline(def: &WorkflowDefinition) -> Vec<Line> {
    let triggers = def.triggers.iter().map(|trigger| Line {
        of: Selected::Trigger(trigger.id.clone()),
        kind: triggers::mark(&trigger.kind),
        label: trigger.label.clone(),
        off: false,
        paths: Vec::new(),
    });
    // As on the canvas, a step of a broken definition that stands in several bodies is listed once.
    let mut listed = BTreeSet::new();
    let steps = lines(def, &def.body, &mut listed);
    triggers.chain(steps).collect()
}

fn lines(def: &WorkflowDefinition, body: &[StepId], listed: &mut BTreeSet<StepId>) -> Vec<Line> {
    let mut found = Vec::new();
    for id in body {
        let Some(step) = def.step(id).filter(|_| listed.insert(id.clone())) else { continue };
        let bodies = step.kind.named_bodies();
        let alone = bodies.len() == 1;
        let paths = bodies.into_iter().map(|(arm, body)| {
            let name = (!alone).then(|| body_name(def, id, &arm)).flatten();
            Path { name, lines: lines(def, body, listed) }
        });
        found.push(Line {
            of: Selected::Step(id.clone()),
            kind: kind_name(&step.kind),
            label: step.label.clone(),
            off: step.disabled,
            paths: paths.collect(),
        });
    }
    found
}

/// Open while a person wants it.
#[component]
pub fn Outline() -> impl IntoView {
    let editor = use_editor();
    let found = Memo::new(move |_| editor.def.with(outline));
    let leave = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            editor.outline_open.set(false);
            focus_selected();
        }
    };
    view! {
        <Show when=move || editor.outline_open.get()>
            <nav class="outline" aria-label=t::OUTLINE data-testid="outline" on:keydown=leave>
                <header>
                    <b>{t::OUTLINE}</b>
                    <IconButton glyph=Glyph::Close label=t::CLOSE_OUTLINE.to_owned() small=true on:click=move |_| editor.outline_open.set(false)/>
                </header>
                <div class="outline-lines">{move || found.with(|found| list(found, None))}</div>
            </nav>
        </Show>
    }
}

fn list(lines: &[Line], name: Option<String>) -> AnyView {
    if lines.is_empty() {
        return view! { <p class="muted small outline-none">{t::OUTLINE_EMPTY}</p> }.into_any();
    }
    view! { <ul aria-label=name>{lines.iter().map(row).collect_view()}</ul> }.into_any()
}

fn row(line: &Line) -> impl IntoView + use<> {
    let editor = use_editor();
    let Line { of, kind, label, off, paths } = line.clone();
    let this = of.clone();
    let on = Memo::new(move |_| editor.selected.with(|selected| selected.as_ref() == Some(&this)));
    let this = of.clone();
    let problem = Memo::new(move |_| problems::worst(editor, &this));
    let jump = move |_| {
        editor.select(Some(of.clone()));
        focus_selected();
    };
    let inside = paths.iter().map(|path| {
        let name = path.name.clone().map(|name| view! { <span class="outline-path" aria-hidden="true">{name}</span> });
        view! { {name} {list(&path.lines, path.name.clone())} }
    });
    view! {
        <li>
            <button type="button" class="outline-line" class:on=on class:off=off aria-current=move || on.get().then_some("true") on:click=jump>
                <StepTile kind small=true/>
                <span class="cut" dir="auto">{label}</span>
                {off.then(|| view! { <span class="sr-only">{text::after(t::IS_SWITCHED_OFF)}</span> })}
                {move || problem.get().map(|(severity, message)| {
                    let class = if severity == Severity::Warning { "node-problem warn" } else { "node-problem bad" };
                    view! { <span class=class data-tip=message.clone()><Icon glyph=Glyph::Alert/><span class="sr-only">{text::after(&message)}</span></span> }
                })}
            </button>
            {inside.collect_view()}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(lines: &[Line]) -> String {
        let path = |path: &Path| format!("{}[{}]", path.name.clone().unwrap_or_default(), told(&path.lines));
        let line = |line: &Line| format!("{}{}", line.label, line.paths.iter().map(path).collect::<String>());
        lines.iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_stands_inside_a_step_is_listed_under_it() {
        let set = |slug: &str| json!({ "slug": slug, "label": slug, "kind": { "type": "set", "fields": [] } });
        let of = |body: serde_json::Value| -> WorkflowDefinition {
            let arms = json!([{ "id": "a", "label": "Large", "body": ["each"] }, { "id": "b", "label": "Rest", "body": [] }]);
            let way = json!({ "slug": "way", "label": "way", "kind": { "type": "branch", "mode": "first", "arms": arms } });
            let each = json!({ "type": "for_each", "over": { "expr": "event.body" }, "body": ["send"] });
            let each = json!({ "slug": "each", "label": "each", "kind": each });
            serde_json::from_value(json!({
                "schema": 1, "body": body, "triggers": [{ "id": "t", "label": "Start", "kind": { "type": "manual" } }],
                "steps": { "way": way, "each": each, "send": set("send"), "last": set("last") },
            }))
            .unwrap()
        };
        assert_eq!(told(&outline(&of(json!(["way", "last"])))), "Start wayLarge[each[send]]Rest[] last");
        // A definition that contradicts itself.
        assert_eq!(told(&outline(&of(json!(["way", "each", "gone", "way"])))), "Start wayLarge[each[send]]Rest[]");
        assert_eq!(told(&outline(&WorkflowDefinition::default())), "");
    }
}
