//! What never runs, and loops that do not use what they go through.

use expr::{Data, Limits, Names, Source, condition_references, references};
use model::Condition;
use model::WorkflowDefinition;
use model::ids::StepId;
use model::step::{Branch, BranchMode, Content, ForEach, Slot, Step, StepKind};

use super::known::Known;
use super::report::{self, Report, step_field};

pub(super) fn check(def: &WorkflowDefinition, id: &StepId, step: &Step, names: &Names, report: &mut Report) {
    match &step.kind {
        StepKind::Branch(branch) => arms(id, branch, report),
        StepKind::ForEach(each) => unused(def, id, step, each, names, report),
        _ => {}
    }
    for (_, body) in step.kind.named_bodies() {
        after_the_end(def, body, report);
    }
}

/// Steps that stand after one that ends what they stand in.
pub(super) fn after_the_end(def: &WorkflowDefinition, body: &[StepId], report: &mut Report) {
    let ends =
        |step: &&Step| !step.disabled && matches!(step.kind, StepKind::Stop(_) | StepKind::Break(_) | StepKind::Continue(_));
    let mut steps = body.iter().filter_map(|id| Some((id, def.steps.get(id)?)));
    let Some((_, end)) = steps.by_ref().find(|(_, step)| ends(step)) else { return };
    if let Some((id, step)) = steps.next() {
        let message = format!("\"{}\" never runs: \"{}\" before it ends everything that follows here", step.label, end.label);
        report.warning(report::step(id), "never_runs", message);
    }
}

fn arms(id: &StepId, branch: &Branch, report: &mut Report) {
    for (at, arm) in branch.arms.iter().enumerate() {
        let place = || step_field(id, format!("arms.{}.condition", arm.id));
        let constant = arm.condition.as_ref().and_then(constant);
        if constant == Some(false) {
            let message = format!("The path \"{}\" is never taken: its condition can never hold", arm.label);
            report.warning(place(), "unreachable_arm", message);
            continue;
        }
        if branch.mode != BranchMode::First {
            continue;
        }
        let before = &branch.arms[..at];
        // "Everything else" is looked at last, wherever it stands.
        let always = match arm.condition {
            Some(_) => before.iter().find(|other| other.condition.as_ref().and_then(self::constant) == Some(true)),
            None => branch.arms.iter().find(|other| other.condition.as_ref().and_then(self::constant) == Some(true)),
        };
        let same = before.iter().find(|other| other.condition.is_some() && other.condition == arm.condition);
        if let Some(other) = always {
            let message = format!("The path \"{}\" is never taken: the condition of \"{}\" always holds", arm.label, other.label);
            report.warning(place(), "unreachable_arm", message);
        } else if let Some(other) = same {
            let message = format!("The path \"{}\" is never taken: \"{}\" asks the same before it", arm.label, other.label);
            report.warning(place(), "unreachable_arm", message);
        }
    }
}

/// What a condition comes to whatever the data; nothing where that depends on it, or where it is not filled in yet.
fn constant(condition: &Condition) -> Option<bool> {
    match condition {
        Condition::All(rows) => fold(rows, true),
        Condition::Any(rows) => fold(rows, false),
        Condition::Not(inner) => constant(inner).map(|holds| !holds),
        Condition::Test(test) if Known::of(Some(&test.left)).is_empty() => None,
        Condition::Expr(source) if source.trim().is_empty() => None,
        Condition::Test(_) | Condition::Expr(_) if !condition_references(condition, &Names::new()).is_empty() => None,
        Condition::Test(_) | Condition::Expr(_) => expr::test(condition, &Data::new(), &Limits::default()).ok(),
    }
}

/// `neutral`: what a row says that decides nothing.
fn fold(rows: &[Condition], neutral: bool) -> Option<bool> {
    let rows: Vec<_> = rows.iter().map(constant).collect();
    if rows.contains(&Some(!neutral)) {
        return Some(!neutral);
    }
    (!rows.is_empty() && !rows.contains(&None)).then_some(neutral)
}

fn unused(def: &WorkflowDefinition, id: &StepId, step: &Step, each: &ForEach, names: &Names, report: &mut Report) {
    // One that has nothing to do yet says so already.
    if each.body.is_empty() {
        return;
    }
    let is_used = |slot: &Slot<Content<'_>>| {
        let found = match slot.content {
            Content::Mapped(mapped) => references(mapped, names),
            Content::Condition(condition) => condition_references(condition, names),
        };
        found.iter().any(|one| matches!(&one.source, Source::Local(name) if *name == each.item || name == "loop"))
    };
    // What the loop gives for an element is made after its steps.
    if step.kind.slots().iter().filter(|slot| slot.after_body.is_some()).any(is_used) {
        return;
    }
    // Also those that see an element that failed.
    let mut next: Vec<&StepId> = step.kind.bodies().flatten().collect();
    let mut looked = 0;
    while let Some(inner) = next.pop() {
        looked += 1;
        // A broken definition may go in circles.
        let Some(inner) = def.steps.get(inner).filter(|_| looked <= def.steps.len()) else { continue };
        // Leaving it is a use of its own.
        if matches!(inner.kind, StepKind::Break(_) | StepKind::Continue(_)) || inner.kind.slots().iter().any(is_used) {
            return;
        }
        next.extend(inner.kind.bodies().flatten());
    }
    let message = format!(
        "\"{}\" does the same for every element: none of its steps uses `{}`. Map a field of it, or take the steps out of the loop",
        step.label, each.item
    );
    report.warning(step_field(id, "over"), "unused_loop", message);
}
