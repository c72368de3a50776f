//! What two people made of the same draft, as one. Changes of different steps or fields stand side by side; where both changed the same
//! one, both are told and a person chooses.

mod bodies;
mod content;
mod settle;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use self::settle::Renamed;
use self::{bodies::Tree, content::Sides};
use super::{Content, Path, Place, Subject, bare, json};
use crate::{
    WorkflowDefinition,
    definition::{BodyOwner, Note, Trigger},
    ids::{NoteId, StepId},
    step::Step,
};

/// Whose change counts where both changed the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Mine,
    Theirs,
}

/// Choices by [`Conflict::key`].
pub type Choices = BTreeMap<String, Choice>;

#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// With what was chosen; mine where nothing was.
    pub definition: WorkflowDefinition,
    /// Every place that both changed, chosen or not.
    pub conflicts: Vec<Conflict>,
    /// What of mine has another id now.
    pub renamed: Renamed,
}

impl Merge {
    /// The id that a step of mine has now.
    pub fn id_now<'a>(&'a self, id: &'a StepId) -> &'a StepId {
        self.renamed.steps.iter().find(|(old, _)| old == id).map_or(id, |(_, new)| new)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    pub subject: Subject,
    /// The tag of the step's or trigger's kind; empty for the workflow.
    pub kind: String,
    pub label: String,
    pub about: About,
}

#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// Both gave the field another value; a side that took it away is absent.
    Field { path: Path, mine: Box<Option<Content>>, theirs: Box<Option<Content>> },
    /// One deleted what the other changed.
    Deleted { by_me: bool },
    /// Both moved the step, to different places.
    Moved { mine: Box<Place>, theirs: Box<Place> },
    /// Both put the steps of a body, or the triggers, into another order.
    Order(Option<BodyOwner>),
}

impl Conflict {
    /// The same for the same place, however its two sides go on changing.
    pub fn key(&self) -> String {
        let about = match &self.about {
            About::Field { path, .. } => format!("field {}", path.join("\u{1f}")),
            About::Deleted { .. } => "deleted".to_owned(),
            About::Moved { .. } => "moved".to_owned(),
            About::Order(owner) => format!("order {owner:?}"),
        };
        format!("{:?} {about}", self.subject)
    }
}

/// Applies to `theirs` what `mine` changed since `base`.
///
/// Exact where only one side changed: `merge(base, base, theirs)` is `theirs`, and `merge(base, mine, base)` is `mine`.
pub fn merge(base: &WorkflowDefinition, mine: &WorkflowDefinition, theirs: &WorkflowDefinition, choices: &Choices) -> Merge {
    for (same, result) in [(base, theirs), (theirs, mine)] {
        if mine == same {
            return Merge { definition: result.clone(), conflicts: Vec::new(), renamed: Renamed::default() };
        }
    }
    if theirs == base {
        return Merge { definition: mine.clone(), conflicts: Vec::new(), renamed: Renamed::default() };
    }
    let (mut base, mut mine, mut theirs) = (base.clone(), mine.clone(), theirs.clone());
    let renamed = settle::settle(&mut base, &mut mine, &mut theirs);
    let mut work = Work { choices, conflicts: Vec::new() };
    let settings = work.part(Subject::Workflow, "", Some(&base.settings), &mine.settings, &theirs.settings);
    let triggers = work.triggers(&base, &mine, &theirs);
    let tree = bodies::tree(&base, &mine, &theirs, &mut work);
    let steps = work.steps(&tree, &base, &mine, &theirs);
    let notes = notes(&base, &mine, &theirs);
    let (body, shelf) = (Vec::new(), Vec::new());
    let mut definition = WorkflowDefinition { schema: theirs.schema, triggers, steps, body, shelf, notes, settings };
    fill(&mut definition, &tree, &mine, &theirs);
    settle::part_last(&mut definition, &theirs);
    Merge { definition, conflicts: work.conflicts, renamed }
}

/// What is found out on the way.
struct Work<'a> {
    choices: &'a Choices,
    conflicts: Vec<Conflict>,
}

impl Work<'_> {
    /// Tells of a conflict; gives back what was chosen.
    fn tell(&mut self, conflict: Conflict) -> Choice {
        let choice = self.choices.get(&conflict.key()).copied().unwrap_or(Choice::Mine);
        if !self.conflicts.contains(&conflict) {
            self.conflicts.push(conflict);
        }
        choice
    }

    /// One part that both have.
    fn part<T>(&mut self, subject: Subject, label: &str, base: Option<&T>, mine: &T, theirs: &T) -> T
    where
        T: Clone + PartialEq + serde::Serialize + DeserializeOwned,
    {
        if mine == theirs || base == Some(theirs) {
            return mine.clone();
        }
        if base == Some(mine) {
            return theirs.clone();
        }
        let (base, mine_json, theirs_json) = (base.map(json), json(mine), json(theirs));
        self.values(&subject, label, base.as_ref(), &mine_json, &theirs_json).unwrap_or_else(|| mine.clone())
    }

    fn values<T: DeserializeOwned>(
        &mut self,
        subject: &Subject,
        label: &str,
        base: Option<&Value>,
        mine: &Value,
        theirs: &Value,
    ) -> Option<T> {
        let kind = super::shape::kind_of(mine).to_owned();
        let mut sides = Sides { subject, kind: &kind, label, work: self };
        let merged = sides.merge(&mut Vec::new(), base, Some(mine), Some(theirs))?;
        if let Ok(merged) = serde_json::from_value(merged) {
            return Some(merged);
        }
        // Each half is right and both together are not: the whole part is one choice.
        let merged = sides.whole(&[], Some(mine), Some(theirs))?;
        serde_json::from_value(merged).ok()
    }

    fn triggers(&mut self, base: &WorkflowDefinition, mine: &WorkflowDefinition, theirs: &WorkflowDefinition) -> Vec<Trigger> {
        let ids = |def: &WorkflowDefinition| def.triggers.iter().map(|trigger| trigger.id.clone()).collect::<Vec<_>>();
        let mut kept = BTreeMap::new();
        for id in ids(theirs).into_iter().chain(ids(mine)).collect::<BTreeSet<_>>() {
            let subject = Subject::Trigger(id.clone());
            let merged = match (base.trigger(&id), mine.trigger(&id), theirs.trigger(&id)) {
                (then, Some(mine), Some(theirs)) => Some(self.part(subject, &mine.label, then, mine, theirs)),
                (None, one, other) => one.or(other).cloned(),
                (Some(then), Some(one), None) | (Some(then), None, Some(one)) => {
                    let by_me = mine.trigger(&id).is_none();
                    let keeps = one != then && self.keeps_deleted(subject, one.kind.name(), &one.label, by_me);
                    keeps.then(|| one.clone())
                }
                (_, None, None) => None,
            };
            kept.extend(merged.map(|trigger| (id, trigger)));
        }
        let of = |def| ids(def).into_iter().filter(|id| kept.contains_key(id)).collect::<Vec<_>>();
        let about = |work: &mut Self| {
            let (label, kind) = (String::new(), String::new());
            work.tell(Conflict { subject: Subject::Workflow, kind, label, about: About::Order(None) })
        };
        let order = bodies::order(&of(base), &of(mine), &of(theirs), || about(self));
        order.into_iter().filter_map(|id| kept.remove(&id)).collect()
    }

    /// Whether what one side deleted and the other changed stays.
    fn keeps_deleted(&mut self, subject: Subject, kind: &str, label: &str, by_me: bool) -> bool {
        let conflict = Conflict { subject, kind: kind.into(), label: label.into(), about: About::Deleted { by_me } };
        // Without a choice nothing is lost.
        match self.choices.get(&conflict.key()) {
            None => {
                self.tell(conflict);
                true
            }
            Some(_) => (self.tell(conflict) == Choice::Mine) != by_me,
        }
    }

    fn steps(
        &mut self,
        tree: &Tree,
        base: &WorkflowDefinition,
        mine: &WorkflowDefinition,
        theirs: &WorkflowDefinition,
    ) -> BTreeMap<StepId, Step> {
        let mut steps = BTreeMap::new();
        for id in &tree.kept {
            let step = match (mine.step(id), theirs.step(id)) {
                (Some(mine), Some(theirs)) if mine != theirs => {
                    let subject = Subject::Step(id.clone());
                    let then = base.step(id).map(bare);
                    let (mine_json, theirs_json) = (bare(mine), bare(theirs));
                    let merged = self.values(&subject, &mine.label, then.as_ref(), &mine_json, &theirs_json);
                    merged.unwrap_or_else(|| mine.clone())
                }
                (Some(one), _) | (None, Some(one)) => one.clone(),
                (None, None) => continue,
            };
            let kind = step.kind.without_bodies();
            steps.insert(id.clone(), Step { kind, ..step });
        }
        steps
    }
}

/// Puts the steps into their bodies. A body that one side took away while the other put something into it comes back with its step's
/// setup as that side has it.
fn fill(definition: &mut WorkflowDefinition, tree: &Tree, mine: &WorkflowDefinition, theirs: &WorkflowDefinition) {
    for owner in tree.bodies.keys() {
        if let BodyOwner::Arm { step, .. } = owner
            && definition.body_of(owner).is_none()
        {
            let has_it = [theirs, mine].into_iter().find(|def| def.body_of(owner).is_some());
            let kind = has_it.and_then(|def| def.step(step)).map(|step| step.kind.without_bodies());
            if let (Some(kind), Some(step)) = (kind, definition.steps.get_mut(step)) {
                step.kind = kind;
            }
        }
    }
    for (owner, body) in &tree.bodies {
        match definition.body_mut(owner) {
            Some(at) => at.clone_from(body),
            // Its other half took the body away again: what was in it stands at the end instead of nowhere.
            None => definition.body.extend(body.iter().cloned()),
        }
    }
}

/// Notes of both. Where both wrote on one, both texts stay, one below the other; one that was taken away while somebody wrote on it stays.
fn notes(base: &WorkflowDefinition, mine: &WorkflowDefinition, theirs: &WorkflowDefinition) -> BTreeMap<NoteId, Note> {
    let mut merged = theirs.notes.clone();
    merged.retain(|id, note| mine.notes.contains_key(id) || base.notes.get(id) != Some(note));
    for (id, note) in &mine.notes {
        let (then, other) = (base.notes.get(id), theirs.notes.get(id));
        if then == Some(note) || other == Some(note) {
            continue;
        }
        match other {
            Some(other) if then != Some(other) => {
                let text = if other.text == note.text { note.text.clone() } else { format!("{}\n\n{}", other.text, note.text) };
                merged.insert(id.clone(), Note { text, ..note.clone() });
            }
            _ => {
                merged.insert(id.clone(), note.clone());
            }
        }
    }
    merged
}

fn of_step(definitions: [&WorkflowDefinition; 2], id: &StepId) -> (String, String) {
    let step = definitions.into_iter().find_map(|def| def.step(id));
    step.map(|step| (step.kind.name().to_owned(), step.label.clone())).unwrap_or_default()
}
