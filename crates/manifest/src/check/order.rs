//! Which step runs before which.

use std::collections::BTreeMap;

use model::WorkflowDefinition;
use model::ids::{ArmId, StepId};
use model::step::{BranchMode, Step, StepKind};

/// Where a step stands: its place in each body on the way to it, with the arm through which the next body is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position(Vec<(usize, Option<usize>)>);

/// What is known of another step when a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// It has run, unless it failed or was filtered, and then this one does not run.
    Before,
    /// It has run if its arm was chosen.
    MaybeBefore,
    /// Never both in one run.
    OtherArm,
    Itself,
    /// It has not finished by then.
    Later,
}

/// The reading order of all steps that can be reached.
pub(super) struct Order {
    positions: BTreeMap<StepId, Position>,
    reading: Vec<StepId>,
    /// Branches that take only one arm.
    exclusive: BTreeMap<StepId, bool>,
}

impl Order {
    pub fn of(def: &WorkflowDefinition) -> Self {
        let mut order = Self { positions: BTreeMap::new(), reading: Vec::new(), exclusive: BTreeMap::new() };
        order.visit(def, &def.body, &[]);
        order
    }

    fn visit(&mut self, def: &WorkflowDefinition, body: &[StepId], outer: &[(usize, Option<usize>)]) {
        for (index, id) in body.iter().enumerate() {
            let Some(step) = def.steps.get(id) else { continue };
            // A broken definition may name a step twice or put it inside itself: the first place counts.
            if self.positions.contains_key(id) {
                continue;
            }
            let here = |arm| [outer, &[(index, arm)]].concat();
            self.positions.insert(id.clone(), Position(here(None)));
            self.reading.push(id.clone());
            if let StepKind::Branch(branch) = &step.kind {
                self.exclusive.insert(id.clone(), branch.mode == BranchMode::First);
                for (arm, body) in branch.arms.iter().enumerate() {
                    self.visit(def, &body.body, &here(Some(arm)));
                }
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

    /// Right after the last step of an arm.
    pub fn end_of_arm(&self, def: &WorkflowDefinition, step: &StepId, arm: &ArmId) -> Option<Position> {
        let StepKind::Branch(branch) = &def.steps.get(step)?.kind else { return None };
        let index = branch.arms.iter().position(|other| &other.id == arm)?;
        let mut path = self.positions.get(step)?.0.clone();
        path.last_mut()?.1 = Some(index);
        path.push((usize::MAX, None));
        Some(Position(path))
    }

    /// What is known of `other` at `here`.
    pub fn relation(&self, other: &StepId, here: &Position) -> Option<Relation> {
        let there = &self.positions.get(other)?.0;
        let here = &here.0;
        let shared = there.iter().zip(here).take_while(|(a, b)| a == b).count();
        let (Some(a), Some(b)) = (there.get(shared), here.get(shared)) else {
            return Some(Relation::Itself);
        };
        if a.0 != b.0 {
            let is_whole = there.len() == shared + 1;
            return Some(match (a.0 < b.0, is_whole) {
                (true, true) => Relation::Before,
                (true, false) => Relation::MaybeBefore,
                (false, _) => Relation::Later,
            });
        }
        // The same step of the same body: one of the two is it, or stands in another of its arms.
        match (a.1, b.1) {
            (Some(arm), Some(other_arm)) => {
                let branch = self.positions.iter().find(|(_, position)| is_branch_at(position, there, shared)).map(|(id, _)| id);
                let is_exclusive = branch.and_then(|id| self.exclusive.get(id)).copied().unwrap_or(true);
                Some(match (is_exclusive, arm < other_arm) {
                    (true, _) => Relation::OtherArm,
                    (false, true) => Relation::MaybeBefore,
                    (false, false) => Relation::Later,
                })
            }
            // A branch has no output before its arms are done; and it is not done while its conditions are asked.
            _ => Some(Relation::Later),
        }
    }
}

fn is_branch_at(position: &Position, path: &[(usize, Option<usize>)], depth: usize) -> bool {
    position.0.len() == depth + 1 && position.0[..depth] == path[..depth] && position.0[depth] == (path[depth].0, None)
}
