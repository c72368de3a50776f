//! Whether expressions can be read, and whether what they refer to is there by then.

use std::collections::BTreeSet;

use expr::{EvalError, Names, Reference, Seg, Source};
use model::definition::TriggerKind;
use model::ids::{StepId, TriggerId};
use model::step::{Content, Step, StepKind};
use model::{Condition, Mapped, Place, WorkflowDefinition};

use super::order::{Order, Position, Relation, is_error_body};
use super::report::{self, Report, join};
use super::structure::LINKS;

pub(super) fn check_step(def: &WorkflowDefinition, id: &StepId, step: &Step, names: &Names, order: &Order, report: &mut Report) {
    for slot in step.kind.slots() {
        let here = match &slot.after_body {
            Some(body) => order.end_of_body(def, id, body),
            None => order.position(id).cloned(),
        };
        let place = |inner: Option<&str>| report::step_field(id, join(&slot.field, inner));
        check_slot(def, &slot.content, here.as_ref(), place, names, order, report);
    }
}

/// What a run gives back refers to what all of its steps gave.
pub(super) fn check_returns(def: &WorkflowDefinition, names: &Names, order: &Order, report: &mut Report) {
    for trigger in &def.triggers {
        let TriggerKind::Workflow(workflow) = &trigger.kind else { continue };
        for (index, field) in workflow.returns.iter().enumerate() {
            let place = |inner: Option<&str>| report::trigger_field(&trigger.id, join(&format!("returns[{index}].value"), inner));
            check_slot(def, &Content::Mapped(&field.value), Some(&Order::end()), place, names, order, report);
        }
    }
}

/// `here`: where it is evaluated; absent: nowhere that is ever reached.
fn check_slot(
    def: &WorkflowDefinition,
    content: &Content<'_>,
    here: Option<&Position>,
    place: impl Fn(Option<&str>) -> Place,
    names: &Names,
    order: &Order,
    report: &mut Report,
) {
    let (errors, references, bound) = read(content, names);
    syntax(errors, &place, report);
    let Some(here) = here else { return };
    let named = names_around(def, order, here);
    let mut seen = BTreeSet::new();
    for Reference { source, path, .. } in &references {
        // Each link is one of its own.
        let first = matches!(source, Source::Local(_)).then(|| path.first()).flatten();
        if !seen.insert((source, first)) {
            continue;
        }
        match source {
            Source::Event => {
                if let Some(gathers) = order.gathered(def, None, here) {
                    gathered(&gathers.label, "The event", place(None), report);
                }
            }
            Source::Var | Source::Run => {}
            Source::Local(name) if bound.contains(name.as_str()) || named.contains(name.as_str()) => {}
            Source::Local(name) if name == LINKS => check_link(def, path.first(), here, order, place(None), report),
            Source::Local(name) => unknown_name(def, name, &named, place(None), report),
            Source::Step(other) => check_order(def, &StepId(other.clone()), here, order, place(None), report),
        }
    }
}

fn gathered(gathers: &str, what: &str, place: Place, report: &mut Report) {
    let message = format!("{what} belongs to a single run; after \"{gathers}\" there are many: take what you need into its item");
    report.error(place, "gathered_reference", message);
}

/// `links.name` is the link of a wait that stands in no loop this place does not stand in.
fn check_link(def: &WorkflowDefinition, name: Option<&Seg>, here: &Position, order: &Order, place: Place, report: &mut Report) {
    let waits = || def.steps.iter().filter(|(_, step)| matches!(step.kind, StepKind::Wait(_)));
    // Computed names are looked up when the step runs.
    let Some(Seg::Key(name)) = name else { return };
    match waits().find(|(_, step)| step.slug == *name) {
        None => {
            let suggestion =
                expr::suggest(name, waits().map(|(_, step)| step.slug.as_str())).map(|name| format!("{LINKS}.{name}"));
            let hint = suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            let message = format!("No step waits under the name `{name}`{hint}");
            report.error(place, "unknown_link", message).suggestion = suggestion;
        }
        Some((id, step)) if !order.shares_loops(def, id, here) => {
            let message = format!("\"{}\" stands in a loop and has a link for each element; use it inside that loop", step.label);
            report.error(place, "link_in_loop", message);
        }
        Some((_, step)) if step.disabled => {
            let message = format!("\"{}\" is switched off, so nobody waits under its link", step.label);
            report.warning(place, "switched_off_reference", message);
        }
        Some(_) => {}
    }
}

/// The names that the loops and error bodies around bind.
fn names_around<'a>(def: &'a WorkflowDefinition, order: &Order, here: &Position) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (step, body) in order.bodies_around(def, here) {
        match &step.kind {
            StepKind::ForEach(each) => names.extend([each.item.as_str(), "loop"]),
            StepKind::RepeatUntil(_) => names.extend(["loop"]),
            _ => {}
        }
        if is_error_body(step, &body) {
            names.insert("error");
        }
    }
    names
}

/// A trigger decides about an event before any step has run.
pub(super) fn check_trigger(id: &TriggerId, field: &str, content: &Content<'_>, names: &Names, report: &mut Report) {
    check_early(|inner| report::trigger_field(id, join(field, inner)), content, names, report);
}

/// What is evaluated when an event arrives.
pub(super) fn check_early(place: impl Fn(Option<&str>) -> Place, content: &Content<'_>, names: &Names, report: &mut Report) {
    let (errors, references, bound) = read(content, names);
    syntax(errors, &place, report);
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
    let Some(relation) = order.relation(def, other, here) else {
        // Any other step that cannot be reached has been reported already.
        if def.is_parked(other) {
            let message = format!("\"{}\" lies on the shelf, so it never runs; put it back, or choose another field", step.label);
            report.error(place, "parked_reference", message);
        }
        return;
    };
    let label = &step.label;
    if let Some(gathers) = order.gathered(def, Some(other), here).filter(|_| relation != Relation::Later) {
        return gathered(&gathers.label, &format!("What \"{label}\" gave"), place, report);
    }
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
