//! Whether expressions can be read, and whether what they refer to is there by then.

use std::collections::BTreeSet;

use expr::{EvalError, Names, Reference, Source};
use model::ids::{StepId, TriggerId};
use model::step::{Step, StepKind};
use model::{Condition, Mapped, Place, WorkflowDefinition};

use super::order::{Order, Position, Relation, is_error_body};
use super::report::{self, Report, join};
use model::step::Content;

pub(super) fn check_step(def: &WorkflowDefinition, id: &StepId, step: &Step, names: &Names, order: &Order, report: &mut Report) {
    for slot in step.kind.slots() {
        let place = |inner: Option<&str>| report::step_field(id, join(&slot.field, inner));
        let (errors, references, bound) = read(&slot.content, names);
        syntax(errors, place, report);
        let here = match &slot.after_body {
            Some(body) => order.end_of_body(def, id, body),
            None => order.position(id).cloned(),
        };
        let Some(here) = here else { continue };
        let named = names_around(def, order, &here);
        let mut seen = BTreeSet::new();
        for reference in references.iter().filter(|reference| seen.insert(&reference.source)) {
            match &reference.source {
                Source::Event | Source::Var | Source::Run => {}
                Source::Local(name) if bound.contains(name.as_str()) || named.contains(name.as_str()) => {}
                Source::Local(name) => unknown_name(def, name, &named, place(None), report),
                Source::Step(other) => check_order(def, &StepId(other.clone()), &here, order, place(None), report),
            }
        }
    }
}

/// The names that the loops and error bodies around bind.
fn names_around<'a>(def: &'a WorkflowDefinition, order: &Order, here: &Position) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (step, body) in order.bodies_around(def, here) {
        match &step.kind {
            StepKind::ForEach(each) => names.extend([each.item.as_str(), "loop"]),
            StepKind::RepeatUntil(_) => names.extend(["loop"]),
            _ if is_error_body(step, &body) => names.extend(["error"]),
            _ => {}
        }
    }
    names
}

/// A trigger decides about an event before any step has run.
pub(super) fn check_trigger(id: &TriggerId, field: &str, content: &Content<'_>, names: &Names, report: &mut Report) {
    let place = |inner: Option<&str>| report::trigger_field(id, join(field, inner));
    let (errors, references, bound) = read(content, names);
    syntax(errors, place, report);
    for Reference { source, raw, .. } in references {
        let is_known = match &source {
            Source::Event | Source::Var => true,
            Source::Local(name) => bound.contains(name.as_str()),
            Source::Run | Source::Step(_) => false,
        };
        if !is_known {
            let message = format!("`{raw}` is not there yet when an event arrives; only `event` and `vars` are");
            report.error(place(None), "reference_in_trigger", message);
        }
    }
}

type Read<'a> = (Vec<EvalError>, Vec<Reference>, BTreeSet<&'a str>);

fn read<'a>(content: &Content<'a>, names: &Names) -> Read<'a> {
    let mut bound = BTreeSet::new();
    match content {
        Content::Mapped(mapped) => {
            bound_in(mapped, &mut bound);
            (expr::check_syntax(mapped), expr::references(mapped, names), bound)
        }
        Content::Condition(condition) => {
            bound_in_condition(condition, &mut bound);
            (expr::check_condition_syntax(condition), expr::condition_references(condition, names), bound)
        }
    }
}

fn syntax(errors: Vec<EvalError>, place: impl Fn(Option<&str>) -> Place, report: &mut Report) {
    for error in errors {
        report.error(place(error.path.as_deref()), "expression", error.message).suggestion = error.suggestion;
    }
}

fn check_order(def: &WorkflowDefinition, other: &StepId, here: &Position, order: &Order, place: Place, report: &mut Report) {
    let Some(step) = def.steps.get(other) else {
        let message = "This refers to a step that is no longer in the workflow; choose the field again";
        report.error(place, "unknown_reference", message);
        return;
    };
    // A step that cannot be reached has been reported already.
    let Some(relation) = order.relation(def, other, here) else { return };
    let label = &step.label;
    match relation {
        Relation::Before if step.disabled => {
            report.warning(place, "switched_off_reference", format!("\"{label}\" is switched off, so its fields are missing"));
        }
        Relation::Before => {}
        Relation::MaybeBefore => {
            let message = format!("\"{label}\" runs only if its arm was chosen; otherwise its fields are missing here");
            report.warning(place, "maybe_reference", message);
        }
        Relation::Tried => {
            let message =
                format!("\"{label}\" may be the step that failed, or one that did not run; then its fields are missing here");
            report.warning(place, "maybe_reference", message);
        }
        Relation::SideBySide => {
            let message = format!("\"{label}\" runs at the same time as this step; refer to it after the arms are joined");
            report.error(place, "side_by_side_reference", message);
        }
        Relation::InLoop(around) => {
            let (name, slug) = def.steps.get(&around).map_or(("the loop", ""), |step| (step.label.as_str(), step.slug.as_str()));
            let is_list = def.steps.get(&around).is_some_and(|step| matches!(step.kind, StepKind::ForEach(_)));
            let instead = if is_list { format!("{slug}.items") } else { format!("{slug}.output") };
            let message = format!("\"{label}\" runs many times inside \"{name}\"; use what the loop gives: `{instead}`");
            report.error(place, "inside_loop_reference", message).suggestion = Some(instead);
        }
        Relation::OtherArm => {
            let message = format!("\"{label}\" stands in another arm of the same branch: the two never run together");
            report.error(place, "other_arm_reference", message);
        }
        Relation::Itself => {
            report.error(place, "self_reference", format!("\"{label}\" refers to its own output, which is not there yet"));
        }
        Relation::Later => {
            let message = format!("\"{label}\" has not finished by then; move it before this step, or choose another field");
            report.error(place, "later_reference", message);
        }
    }
}

fn unknown_name(def: &WorkflowDefinition, name: &str, named: &BTreeSet<&str>, place: Place, report: &mut Report) {
    if name == "secrets" {
        let message = "Secrets cannot be used in a field; put the credential into a connection";
        report.error(place, "secret_reference", message);
        return;
    }
    if matches!(name, "item" | "loop") {
        let message = format!("`{name}` is known inside a loop only");
        report.error(place, "outside_loop", message);
        return;
    }
    let slugs = def.steps.values().map(|step| step.slug.as_str());
    let suggestion = expr::suggest(name, slugs.chain(["event", "vars", "run"]).chain(named.iter().copied()));
    let hint = suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    let message = format!("There is no step and no name `{name}`{hint}");
    report.error(place, "unknown_reference", message).suggestion = suggestion;
}

/// The names that `Each` binds anywhere in the tree.
fn bound_in<'a>(mapped: &'a Mapped, bound: &mut BTreeSet<&'a str>) {
    match mapped {
        Mapped::Object(entries) => entries.iter().for_each(|entry| {
            bound_in(&entry.key, bound);
            bound_in(&entry.value, bound);
        }),
        Mapped::List(items) => items.iter().for_each(|item| bound_in(item, bound)),
        Mapped::Each(each) => {
            bound.insert(&each.name);
            bound_in(&each.over, bound);
            bound_in(&each.item, bound);
            if let Some(condition) = &each.keep_if {
                bound_in_condition(condition, bound);
            }
        }
        Mapped::Literal(_) | Mapped::Template(_) | Mapped::Expr(_) | Mapped::Omit | Mapped::Null => {}
    }
}

fn bound_in_condition<'a>(condition: &'a Condition, bound: &mut BTreeSet<&'a str>) {
    match condition {
        Condition::All(all) | Condition::Any(all) => all.iter().for_each(|one| bound_in_condition(one, bound)),
        Condition::Not(one) => bound_in_condition(one, bound),
        Condition::Test(test) => {
            bound_in(&test.left, bound);
            test.right.iter().for_each(|right| bound_in(right, bound));
        }
        Condition::Expr(_) => {}
    }
}
