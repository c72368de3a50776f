//! Mending a problem by an edit. What is offered is safe by proof: it was tried, the problem was gone, and no other had come.

use std::{cell::OnceCell, collections::BTreeSet};

use expr::{Mapped, Names, Pill, Seg, Source};
use model::{
    Place, Problem, WorkflowDefinition,
    definition::{BodyOwner, EditOp, Slot, StepPatch, TriggerKind, TriggerPatch, apply},
    ids::{ConnectionId, StepId},
    step::{Content, ContentMut, OnItemError, Step, StepKind},
};

use crate::{Connector, check};

/// One way to mend a problem, as an edit that can be undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Mend {
    pub kind: MendKind,
    pub op: EditOp,
}

/// What a mend does, for its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MendKind {
    /// Uses the only connection there is for it.
    UseConnection {
        label: String,
    },
    RemoveConnection,
    /// Puts the likely name in place of the one that is not known.
    UseName {
        name: String,
    },
    /// Fills a required field with the only data of that name.
    UseData {
        name: String,
        from: String,
    },
    /// Moves the step whose data is needed before this one.
    MoveBefore {
        label: String,
    },
    SwitchOn {
        label: String,
    },
    Remove {
        label: String,
    },
    /// Elements that fail go through the steps that are there for it.
    UseErrorBody,
    RemoveSetting,
    /// The step or trigger counts as made for the connector as it is now.
    TakeVersion {
        version: u32,
    },
}

/// A connection that could be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub id: ConnectionId,
    pub connector: String,
    pub label: String,
}

/// A piece of data that earlier steps gave in a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Before which a field sees it.
    pub source: Source,
    pub path: Vec<Seg>,
    /// What it comes from, for a person.
    pub from: String,
}

/// Mends the problems of one definition.
pub struct Mender<'a> {
    def: &'a WorkflowDefinition,
    connectors: &'a [Connector],
    offers: &'a [Offer],
    /// What the check finds as it stands: found once, when the first mend is tried.
    before: OnceCell<BTreeSet<String>>,
}

impl<'a> Mender<'a> {
    pub fn new(def: &'a WorkflowDefinition, connectors: &'a [Connector], offers: &'a [Offer]) -> Self {
        Mender { def, connectors, offers, before: OnceCell::new() }
    }

    /// The ways to mend `problem` that leave none behind and make none. `data`: what samples show, for the step or trigger it is about.
    pub fn mends(&self, data: &[Known], problem: &Problem) -> Vec<Mend> {
        let candidates = candidates(self.def, self.connectors, self.offers, data, problem);
        candidates.into_iter().filter(|mend| self.is_sound(mend, problem)).collect()
    }

    fn is_sound(&self, mend: &Mend, problem: &Problem) -> bool {
        let mut tried = self.def.clone();
        if apply(&mut tried, mend.op.clone()).is_err() {
            return false;
        }
        let after = self.found(&tried);
        // What only the server finds is not among them, before or after.
        !after.contains(&key(problem)) && after.is_subset(self.before.get_or_init(|| self.found(self.def)))
    }

    fn found(&self, def: &WorkflowDefinition) -> BTreeSet<String> {
        check(def, self.connectors).iter().map(key).collect()
    }
}

fn key(problem: &Problem) -> String {
    format!("{} {:?}", problem.code, problem.place)
}

fn candidates(
    def: &WorkflowDefinition,
    connectors: &[Connector],
    offers: &[Offer],
    data: &[Known],
    problem: &Problem,
) -> Vec<Mend> {
    let code = problem.code.strip_prefix("definition.").unwrap_or(&problem.code);
    let one = |mend: Option<Mend>| mend.into_iter().collect();
    match (code, &problem.place.step) {
        ("no_connection" | "unknown_connection" | "other_connection", _) => one(connection(def, offers, &problem.place)),
        ("needless_connection", Some(id)) => one(changed(def, id, MendKind::RemoveConnection, |kind| {
            if let StepKind::Action(action) = kind {
                action.connection = None;
            }
        })),
        ("unknown_reference" | "inside_loop_reference", Some(id)) => one(name(def, id, problem)),
        ("unknown_field", Some(id)) => one(field(def, id, problem)),
        ("unknown_operation", Some(id)) => one(operation(def, id, problem)),
        ("connector_changed", _) => one(version(def, connectors, &problem.place)),
        ("required", Some(id)) => one(required(def, connectors, id, data, problem)),
        ("later_reference", Some(id)) => needed(def, id, problem).filter_map(|other| move_before(def, id, &other)).collect(),
        ("switched_off_reference", Some(id)) => needed(def, id, problem).filter_map(|other| switch_on(def, &other)).collect(),
        ("never_runs" | "empty_body" | "nobody_waits" | "outside_loop", Some(id)) => one(remove(def, id)),
        ("unreachable_arm", Some(id)) => one(remove_arm(def, id, problem)),
        ("unused_error_body", Some(id)) => one(changed(def, id, MendKind::UseErrorBody, |kind| {
            if let StepKind::ForEach(each) = kind {
                each.on_item_error = OnItemError::Body;
            }
        })),
        ("needless_key" | "needless_pause", None) => one(without_setting(def, code, &problem.place)),
        _ => Vec::new(),
    }
}

fn changed(def: &WorkflowDefinition, id: &StepId, kind: MendKind, change: impl FnOnce(&mut StepKind)) -> Option<Mend> {
    let before = &def.step(id)?.kind;
    let mut after = before.clone();
    change(&mut after);
    let patch = StepPatch { kind: Some(after), ..StepPatch::default() };
    (patch.kind.as_ref() != Some(before)).then(|| Mend { kind, op: EditOp::Update { id: id.clone(), patch } })
}

/// The one connection there is for it.
fn connection(def: &WorkflowDefinition, offers: &[Offer], place: &Place) -> Option<Mend> {
    let only = |connector: &str| {
        let mut fitting = offers.iter().filter(|offer| offer.connector == connector);
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    };
    if let Some(id) = &place.step {
        let StepKind::Action(action) = &def.step(id)?.kind else { return None };
        let offer = only(&action.connector)?;
        let kind = MendKind::UseConnection { label: offer.label.clone() };
        return changed(def, id, kind, |kind| {
            if let StepKind::Action(action) = kind {
                action.connection = Some(offer.id);
            }
        });
    }
    let mut trigger = def.trigger(place.trigger.as_ref()?)?.clone();
    let TriggerKind::App(app) = &mut trigger.kind else { return None };
    let offer = only(&app.connector)?;
    app.connection = Some(offer.id);
    let op = EditOp::UpdateTrigger { id: trigger.id.clone(), patch: TriggerPatch { trigger } };
    Some(Mend { kind: MendKind::UseConnection { label: offer.label.clone() }, op })
}

/// The places of a step that a problem at this field is about.
fn is_within(field: &str, slot: &str) -> bool {
    field.strip_prefix(slot).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The likely name where an expression uses one that is not known.
fn name(def: &WorkflowDefinition, id: &StepId, problem: &Problem) -> Option<Mend> {
    let (new, field) = (problem.suggestion.as_deref()?, problem.place.field.as_deref()?);
    // A path is more than a name.
    if new.contains('.') {
        return None;
    }
    let names = def.names();
    let step = def.step(id)?;
    let old = step.kind.slots().into_iter().filter(|slot| is_within(field, &slot.field)).find_map(|slot| {
        references_of(&slot.content, &names).into_iter().find_map(|reference| match reference.source {
            Source::Local(name) if problem.message.contains(&format!("`{name}`")) => Some(name),
            _ => None,
        })
    })?;
    changed(def, id, MendKind::UseName { name: new.to_owned() }, |kind| {
        for slot in kind.slots_mut().into_iter().filter(|slot| is_within(field, &slot.field)) {
            match slot.content {
                ContentMut::Mapped(mapped) => expr::rename_slug(mapped, &old, new),
                ContentMut::Condition(condition) => expr::rename_slug_condition(condition, &old, new),
            }
        }
    })
}

fn references_of(content: &Content<'_>, names: &Names) -> Vec<expr::Reference> {
    match content {
        Content::Mapped(mapped) => expr::references(mapped, names),
        Content::Condition(condition) => expr::condition_references(condition, names),
    }
}

fn field(def: &WorkflowDefinition, id: &StepId, problem: &Problem) -> Option<Mend> {
    let (new, old) = (problem.suggestion.clone()?, problem.place.field.as_deref()?.strip_prefix("input.")?);
    changed(def, id, MendKind::UseName { name: new.clone() }, |kind| {
        if let StepKind::Action(action) = kind
            && !action.input.contains_key(&new)
            && let Some(value) = action.input.remove(old)
        {
            action.input.insert(new, value);
        }
    })
}

fn operation(def: &WorkflowDefinition, id: &StepId, problem: &Problem) -> Option<Mend> {
    let new = problem.suggestion.clone()?;
    changed(def, id, MendKind::UseName { name: new.clone() }, |kind| {
        if let StepKind::Action(action) = kind {
            action.operation = new;
        }
    })
}

/// A person has looked at what is new.
fn version(def: &WorkflowDefinition, connectors: &[Connector], place: &Place) -> Option<Mend> {
    let now = |id: &str| connectors.iter().find(|one| one.id == id).map(|one| one.version);
    if let Some(id) = &place.step {
        let StepKind::Action(action) = &def.step(id)?.kind else { return None };
        let version = now(&action.connector)?;
        return changed(def, id, MendKind::TakeVersion { version }, |kind| {
            if let StepKind::Action(action) = kind {
                action.version = version;
            }
        });
    }
    let mut trigger = def.trigger(place.trigger.as_ref()?)?.clone();
    let TriggerKind::App(app) = &mut trigger.kind else { return None };
    let version = now(&app.connector)?;
    app.version = version;
    let op = EditOp::UpdateTrigger { id: trigger.id.clone(), patch: TriggerPatch { trigger } };
    Some(Mend { kind: MendKind::TakeVersion { version }, op })
}

/// Letters and digits alone, so that `First name` is `first_name`.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn required(def: &WorkflowDefinition, connectors: &[Connector], id: &StepId, data: &[Known], problem: &Problem) -> Option<Mend> {
    let StepKind::Action(action) = &def.step(id)?.kind else { return None };
    let key = problem.place.field.as_deref()?.strip_prefix("input.")?;
    let operation = connectors.iter().find(|one| one.id == action.connector)?.operation(&action.operation)?;
    let label = operation.field(key).map_or(key, |field| field.label.as_str());
    let wanted = [plain(key), plain(label)];
    let named = |known: &&Known| match known.path.last() {
        Some(Seg::Key(name)) => wanted.contains(&plain(name)),
        _ => false,
    };
    let mut fitting = data.iter().filter(named);
    let found = fitting.next()?;
    // Two of one name: a person has to say which.
    if fitting.next().is_some() {
        return None;
    }
    let Some(Seg::Key(name)) = found.path.last() else { return None };
    let pill = Pill { source: found.source.clone(), path: found.path.clone(), format: Vec::new() };
    let kind = MendKind::UseData { name: name.clone(), from: found.from.clone() };
    changed(def, id, kind, |kind| {
        if let StepKind::Action(action) = kind {
            action.input.insert(key.to_owned(), Mapped::Template(vec![expr::Part::Pill(pill)]));
        }
    })
}

/// The steps whose data the field uses.
fn needed(def: &WorkflowDefinition, id: &StepId, problem: &Problem) -> impl Iterator<Item = StepId> {
    let names = def.names();
    let field = problem.place.field.clone().unwrap_or_default();
    let slots = def.step(id).map(|step| step.kind.slots()).unwrap_or_default();
    let found: BTreeSet<StepId> = slots
        .into_iter()
        .filter(|slot| is_within(&field, &slot.field))
        .flat_map(|slot| references_of(&slot.content, &names))
        .filter_map(|reference| match reference.source {
            Source::Step(id) => Some(StepId(id)),
            _ => None,
        })
        .collect();
    found.into_iter()
}

/// Where both stand in one body.
fn move_before(def: &WorkflowDefinition, id: &StepId, other: &StepId) -> Option<Mend> {
    let (owner, index) = def.position_of(id)?;
    let (there, _) = def.position_of(other)?;
    let label = def.step(other)?.label.clone();
    let op = EditOp::Move { id: other.clone(), slot: Slot { owner: owner.clone(), index } };
    (owner == there).then_some(Mend { kind: MendKind::MoveBefore { label }, op })
}

fn switch_on(def: &WorkflowDefinition, other: &StepId) -> Option<Mend> {
    let step = def.step(other).filter(|step| step.disabled)?;
    let patch = StepPatch { disabled: Some(false), ..StepPatch::default() };
    let kind = MendKind::SwitchOn { label: step.label.clone() };
    Some(Mend { kind, op: EditOp::Update { id: other.clone(), patch } })
}

/// A step that does nothing as it stands; not one whose bodies hold others.
fn remove(def: &WorkflowDefinition, id: &StepId) -> Option<Mend> {
    let step: &Step = def.step(id)?;
    let holds = step.kind.bodies().any(|body| !body.is_empty());
    (!holds).then(|| Mend { kind: MendKind::Remove { label: step.label.clone() }, op: EditOp::Delete { id: id.clone() } })
}

/// An empty path that is never taken.
fn remove_arm(def: &WorkflowDefinition, id: &StepId, problem: &Problem) -> Option<Mend> {
    let field = problem.place.field.as_deref()?;
    let arms = def.step(id)?.kind.arms()?;
    let arm = arms.iter().find(|arm| field == format!("arms.{}.condition", arm.id))?;
    let is_empty = def.body_of(&BodyOwner::Arm { step: id.clone(), arm: arm.id.clone() })?.is_empty() && arm.output.is_empty();
    let op = EditOp::RemoveArm { step: id.clone(), arm: arm.id.clone() };
    (is_empty && arms.len() > 1).then(|| Mend { kind: MendKind::Remove { label: arm.label.clone() }, op })
}

fn without_setting(def: &WorkflowDefinition, code: &str, place: &Place) -> Option<Mend> {
    let mut trigger = def.trigger(place.trigger.as_ref()?)?.clone();
    match (code, &mut trigger.kind) {
        ("needless_key", _) => trigger.dedupe = None,
        ("needless_pause", TriggerKind::App(app)) => app.every_s = None,
        _ => return None,
    }
    let op = EditOp::UpdateTrigger { id: trigger.id.clone(), patch: TriggerPatch { trigger } };
    Some(Mend { kind: MendKind::RemoveSetting, op })
}

#[cfg(test)]
mod tests;
