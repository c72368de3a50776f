//! Which step runs before which.

use std::collections::BTreeMap;

use model::WorkflowDefinition;
use model::ids::{ArmId, StepId};
use model::step::{BranchMode, ERROR_BODY, Step, StepKind};

/// Where a step stands: its place in each body on the way to it, with the body through which the next one is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    path: Vec<(usize, Option<usize>)>,
    /// The steps whose bodies it stands in, the outermost first.
    around: Vec<StepId>,
}

/// What is known of another step when a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Relation {
    /// It has run, unless it failed or was filtered, and then this one does not run.
    Before,
    /// It has run if its arm was chosen.
    MaybeBefore,
    /// It may have run, in the part of a section that failed.
    Tried,
    /// Never both in one run.
    OtherArm,
    /// At the same time.
    SideBySide,
    /// It runs many times, inside this loop.
    InLoop(StepId),
    Itself,
    /// It has not finished by then.
    Later,
}

/// The reading order of all steps that can be reached.
pub(super) struct Order {
    positions: BTreeMap<StepId, Position>,
    reading: Vec<StepId>,
}

impl Order {
    pub fn of(def: &WorkflowDefinition) -> Self {
        let mut order = Self { positions: BTreeMap::new(), reading: Vec::new() };
        order.visit(def, &def.body, &[], &[]);
        order
    }

    fn visit(&mut self, def: &WorkflowDefinition, body: &[StepId], outer: &[(usize, Option<usize>)], around: &[StepId]) {
        for (index, id) in body.iter().enumerate() {
            let Some(step) = def.steps.get(id) else { continue };
            // A broken definition may name a step twice or put it inside itself: the first place counts.
            if self.positions.contains_key(id) {
                continue;
            }
            let here = |arm| [outer, &[(index, arm)]].concat();
            self.positions.insert(id.clone(), Position { path: here(None), around: around.to_vec() });
            self.reading.push(id.clone());
            let around = [around, std::slice::from_ref(id)].concat();
            for (arm, (_, body)) in step.kind.named_bodies().into_iter().enumerate() {
                self.visit(def, body, &here(Some(arm)), &around);
            }
        }
    }

    /// The steps in reading order.
    pub fn steps_of<'a>(&'a self, def: &'a WorkflowDefinition) -> impl Iterator<Item = (&'a StepId, &'a Step)> {
        self.reading.iter().filter_map(|id| Some((id, def.steps.get(id)?)))
    }

    pub fn position(&self, id: &StepId) -> Option<&Position> {
        self.positions.get(id)
    }

    /// Right after the last step of one of a step's bodies.
    pub fn end_of_body(&self, def: &WorkflowDefinition, step: &StepId, body: &ArmId) -> Option<Position> {
        let bodies = def.steps.get(step)?.kind.named_bodies();
        let index = bodies.iter().position(|(other, _)| other == body)?;
        let mut end = self.positions.get(step)?.clone();
        end.path.last_mut()?.1 = Some(index);
        end.path.push((usize::MAX, None));
        end.around.push(step.clone());
        Some(end)
    }

    /// Right after the workflow's last step.
    pub fn end() -> Position {
        Position { path: vec![(usize::MAX, None)], around: Vec::new() }
    }

    /// The last step before `here` that gathers runs and stands after `other`, where one is named: what ran before it, ran in others.
    pub fn gathered<'a>(&self, def: &'a WorkflowDefinition, other: Option<&StepId>, here: &Position) -> Option<&'a Step> {
        let place = |position: &Position| position.path.first().map(|(index, _)| *index);
        let from = match other {
            Some(other) => place(self.positions.get(other)?)? + 1,
            None => 0,
        };
        let between = def.body.get(from..place(here)?.min(def.body.len()))?;
        let mut steps = between.iter().rev().filter_map(|id| def.steps.get(id));
        steps.find(|step| matches!(step.kind, StepKind::Collect(_)) && !step.disabled)
    }

    /// Whether every loop around the step is around `here` too.
    pub fn shares_loops(&self, def: &WorkflowDefinition, step: &StepId, here: &Position) -> bool {
        let is_loop = |id: &&StepId| def.steps.get(*id).is_some_and(|step| step.kind.is_loop());
        self.positions
            .get(step)
            .is_some_and(|there| there.around.iter().filter(is_loop).all(|around| here.around.contains(around)))
    }

    /// The bodies `here` stands in, the innermost first: their owners, and which.
    pub fn bodies_around<'a>(&self, def: &'a WorkflowDefinition, here: &Position) -> Vec<(&'a Step, ArmId)> {
        let entered = here.path.iter().filter_map(|(_, arm)| *arm);
        let bodies = here.around.iter().zip(entered).filter_map(|(id, arm)| {
            let step = def.steps.get(id)?;
            let (arm, _) = step.kind.named_bodies().into_iter().nth(arm)?;
            Some((step, arm))
        });
        let mut bodies: Vec<_> = bodies.collect();
        bodies.reverse();
        bodies
    }

    /// What is known of `other` at `here`.
    pub fn relation(&self, def: &WorkflowDefinition, other: &StepId, here: &Position) -> Option<Relation> {
        let there = self.positions.get(other)?;
        let shared = there.path.iter().zip(&here.path).take_while(|(a, b)| a == b).count();
        let (Some(a), Some(b)) = (there.path.get(shared), here.path.get(shared)) else {
            return Some(Relation::Itself);
        };
        // Entered on the way to the other step only.
        let entered =
            |from: usize| there.around.iter().skip(from).find(|id| def.steps.get(*id).is_some_and(|step| step.kind.is_loop()));
        if a.0 != b.0 {
            if let Some(around) = entered(shared) {
                return Some(Relation::InLoop(around.clone()));
            }
            let is_whole = there.path.len() == shared + 1;
            return Some(match (a.0 < b.0, is_whole) {
                (true, true) => Relation::Before,
                (true, false) => Relation::MaybeBefore,
                (false, _) => Relation::Later,
            });
        }
        // The same step of the same body: one of the two is it, or stands in another of its bodies.
        // A branch has no output before its arms are done; and it is not done while its conditions are asked.
        let (Some(arm), Some(other_arm)) = (a.1, b.1) else { return Some(Relation::Later) };
        if let Some(around) = entered(shared + 1) {
            return Some(Relation::InLoop(around.clone()));
        }
        let owner = there.around.get(shared).and_then(|id| def.steps.get(id)).map(|step| &step.kind);
        Some(match owner {
            Some(StepKind::Branch(branch)) if branch.mode == BranchMode::All && arm < other_arm => Relation::MaybeBefore,
            Some(StepKind::Branch(branch)) if branch.mode == BranchMode::All => Relation::Later,
            Some(StepKind::Parallel(_)) => Relation::SideBySide,
            Some(StepKind::Section(_) | StepKind::ForEach(_)) if arm < other_arm => Relation::Tried,
            Some(StepKind::Section(_) | StepKind::ForEach(_)) => Relation::Later,
            _ => Relation::OtherArm,
        })
    }
}

/// Whether the body is one in which `error` is known.
pub(super) fn is_error_body(step: &Step, body: &ArmId) -> bool {
    matches!(step.kind, StepKind::Section(_) | StepKind::ForEach(_)) && body.0 == ERROR_BODY
}
