//! Outputs that tests take instead of running their step: what is slow, costs money or should stay the same while the rest is built.

use std::collections::BTreeMap;

use leptos::{prelude::*, task::spawn_local};
use model::{
    WorkflowDefinition,
    api::{Empty, NewPin, Pin, PinOutput, UnpinOutput},
    ids::StepId,
    step::Step,
};
use serde_json::Value;

use super::{
    extent,
    state::{Editor, use_editor},
};
use crate::{
    api::call,
    moment::{self, Style},
    text::editor as t,
    ui::{Button, Glyph, Icon, Tone},
};

/// Tells one setup of a step from another: FNV-1a, which is the same in every build, unlike the hashes of the standard library.
pub fn setup(step: &Step) -> String {
    let text = serde_json::to_string(&step.kind).unwrap_or_default();
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// The pins that hold: their step stands, is on, and is set up as it was.
pub fn holding<'a>(def: &'a WorkflowDefinition, pins: &'a [Pin]) -> impl Iterator<Item = &'a Pin> {
    pins.iter().filter(|pin| {
        def.step(&pin.step).is_some_and(|step| !step.disabled && may_be_pinned(def, &pin.step) && setup(step) == pin.setup)
    })
}

/// What holds others gives what they give, and what is in a loop gives something for each round.
fn may_be_pinned(def: &WorkflowDefinition, id: &StepId) -> bool {
    def.step(id).is_some_and(|step| step.kind.named_bodies().is_empty()) && !extent::in_loop(def, id)
}

/// What tests take instead of running the steps.
pub fn given(editor: Editor) -> BTreeMap<StepId, Value> {
    editor.samples.with_untracked(|samples| {
        editor.def.with_untracked(|def| holding(def, &samples.pins).map(|pin| (pin.step.clone(), pin.output.clone())).collect())
    })
}

/// Whether tests take a pinned output of a step.
pub fn is_pinned(editor: Editor, id: &StepId) -> bool {
    editor.samples.with(|samples| editor.def.with(|def| holding(def, &samples.pins).any(|pin| pin.step == *id)))
}

fn pin(editor: Editor, id: StepId, output: Value, busy: RwSignal<bool>) {
    let Some(setup) = editor.step(&id).map(|step| setup(&step)) else { return };
    busy.set(true);
    spawn_local(async move {
        match call::<PinOutput>((editor.id, id), &Empty {}, &NewPin { output, setup }).await {
            Ok(pin) => {
                editor.samples.try_update(|samples| {
                    samples.pins.retain(|other| other.step != pin.step);
                    samples.pins.push(pin);
                });
            }
            Err(problem) => editor.toasts.problem(&problem),
        }
        busy.try_set(false);
    });
}

fn unpin(editor: Editor, id: StepId, busy: RwSignal<bool>) {
    busy.set(true);
    spawn_local(async move {
        match call::<UnpinOutput>((editor.id, id.clone()), &Empty {}, &Empty {}).await {
            Ok(_) => {
                editor.samples.try_update(|samples| samples.pins.retain(|other| other.step != id));
            }
            Err(problem) => editor.toasts.problem(&problem),
        }
        busy.try_set(false);
    });
}

/// The pin of a step, and what can be done about it.
#[component]
pub fn PinLine(
    id: StepId,
    /// What the step gave last.
    #[prop(into)]
    output: Signal<Option<Value>>,
) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let busy = RwSignal::new(false);
    let kept = Memo::new(move |_| {
        let id = id.get_value();
        let pin = editor.samples.with(|samples| samples.pins.iter().find(|pin| pin.step == id).map(|pin| pin.at));
        pin.map(|at| (at, is_pinned(editor, &id)))
    });
    let can = Memo::new(move |_| editor.may_edit.get() && editor.def.with(|def| may_be_pinned(def, &id.get_value())));
    let put = move |label: &'static str| {
        (can.get() && output.with(Option::is_some)).then(|| {
            view! {
                <Button small=true tone=Tone::Ghost icon=Glyph::Pin busy on:click=move |_| {
                    if let Some(output) = output.get_untracked() {
                        pin(editor, id.get_value(), output, busy);
                    }
                }>{label}</Button>
            }
        })
    };
    let take = move || {
        editor.may_edit.get().then(|| {
            view! { <Button small=true tone=Tone::Ghost busy on:click=move |_| unpin(editor, id.get_value(), busy)>{t::UNPIN}</Button> }
        })
    };
    move || match kept.get() {
        Some((at, holds)) => {
            let when = moment::absolute(at, Style::Short);
            view! {
                <div class="pin-line" class:stale=!holds data-testid="pin">
                    <Icon glyph=Glyph::Pin/>
                    <span>{if holds { t::pinned(&when) } else { t::pin_is_stale(&when) }}</span>
                    <span class="pin-do">{(!holds).then(|| put(t::PIN_ANEW))}{take()}</span>
                </div>
            }
            .into_any()
        }
        None => view! { <div class="ed-more">{put(t::PIN)}</div> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pin_holds_while_its_step_is_what_it_was() {
        let set = |slug: &str| json!({ "slug": slug, "label": slug, "kind": { "type": "set", "fields": [] } });
        let each = json!({ "slug": "each", "label": "each", "kind": { "type": "for_each", "over": { "expr": "event.body" }, "body": ["inner"] } });
        let def: WorkflowDefinition = serde_json::from_value(json!({
            "schema": 1, "body": ["first", "each"], "steps": { "first": set("first"), "each": each, "inner": set("inner") },
        }))
        .unwrap();
        let pins: Vec<Pin> = ["first", "each", "inner", "gone"]
            .map(|id| {
                let setup = def.step(&id.into()).map(setup).unwrap_or_default();
                Pin { step: id.into(), at: model::Timestamp(0), output: json!(1), setup }
            })
            .into();
        let held = |def: &WorkflowDefinition| holding(def, &pins).map(|pin| pin.step.0.clone()).collect::<Vec<_>>();
        assert_eq!(held(&def), ["first"]);
        let mut renamed = def.clone();
        renamed.steps.get_mut(&"first".into()).unwrap().label = "Renamed".into();
        assert_eq!(held(&renamed), ["first"], "its name changes nothing");
        let mut off = def.clone();
        off.steps.get_mut(&"first".into()).unwrap().disabled = true;
        assert_eq!(held(&off), [""; 0]);
        let mut other = def.clone();
        other.steps.get_mut(&"first".into()).unwrap().kind = crate::editor::steps::fresh::step("filter", &def).unwrap().kind;
        assert_eq!(held(&other), [""; 0]);
        assert_eq!(setup(def.step(&"first".into()).unwrap()), "e987ef4ebc971112", "kept in databases: it must not change");
    }
}
