use std::collections::BTreeSet;

use crate::{
    WorkflowDefinition,
    ids::{ArmId, StepId},
    step::{ERROR_BODY, ForEach, Section, Step, StepKind},
};

/// Who owns a body: the workflow itself, its shelf, or a step, whose bodies have ids: those of its arms, or the fixed ones of other kinds (see
/// [`StepKind::named_bodies`](crate::step::StepKind::named_bodies)).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BodyOwner {
    Workflow,
    /// The shelf: parked steps.
    Shelf,
    Arm {
        step: StepId,
        arm: ArmId,
    },
}

/// An ordered list of steps and who owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    pub owner: BodyOwner,
    pub steps: &'a [StepId],
}

impl WorkflowDefinition {
    /// Every body, the workflow's own and its shelf first; also those of steps that stand in no body.
    pub fn bodies(&self) -> Vec<Body<'_>> {
        let mut bodies =
            vec![Body { owner: BodyOwner::Workflow, steps: &self.body }, Body { owner: BodyOwner::Shelf, steps: &self.shelf }];
        for (id, step) in &self.steps {
            for (arm, steps) in step.kind.named_bodies() {
                bodies.push(Body { owner: BodyOwner::Arm { step: id.clone(), arm }, steps });
            }
        }
        bodies
    }

    /// Every step but those on the shelf, by id.
    pub fn running(&self) -> impl Iterator<Item = (&StepId, &Step)> {
        let mut parked = BTreeSet::new();
        let mut next: Vec<&StepId> = self.shelf.iter().collect();
        while let Some(id) = next.pop() {
            if parked.insert(id)
                && let Some(step) = self.steps.get(id)
            {
                next.extend(step.kind.bodies().flatten());
            }
        }
        self.steps.iter().filter(move |(id, _)| !parked.contains(id))
    }

    /// Whether a step is parked, by itself or inside another one.
    pub fn is_parked(&self, id: &StepId) -> bool {
        let outermost = self.around(id).pop();
        self.shelf.contains(outermost.as_ref().unwrap_or(id))
    }

    /// The steps of one body.
    pub fn body_of(&self, owner: &BodyOwner) -> Option<&[StepId]> {
        match owner {
            BodyOwner::Workflow => Some(&self.body),
            BodyOwner::Shelf => Some(&self.shelf),
            BodyOwner::Arm { step, arm } => {
                let bodies = self.steps.get(step)?.kind.named_bodies();
                bodies.into_iter().find(|(id, _)| id == arm).map(|(_, body)| body.as_slice())
            }
        }
    }

    pub(crate) fn body_mut(&mut self, owner: &BodyOwner) -> Option<&mut Vec<StepId>> {
        match owner {
            BodyOwner::Workflow => Some(&mut self.body),
            BodyOwner::Shelf => Some(&mut self.shelf),
            BodyOwner::Arm { step, arm } => self.steps.get_mut(step)?.kind.body_mut(arm),
        }
    }

    /// The body a step stands in, and its place there.
    pub fn position_of(&self, id: &StepId) -> Option<(BodyOwner, usize)> {
        self.bodies().into_iter().find_map(|body| body.steps.iter().position(|s| s == id).map(|at| (body.owner, at)))
    }

    /// The steps that surely or possibly ran before `id` and that it may refer to, in order: earlier ones in its own body and in the
    /// bodies around it, those inside their arms included (they may not have run), those inside loops not (they ran many times). In
    /// an error body also those of the section's or the loop's body.
    pub fn before(&self, id: &StepId) -> Vec<StepId> {
        let mut found = Vec::new();
        let mut at = id.clone();
        // A broken definition may contain a cycle; it cannot be deeper than it has steps.
        for _ in 0..=self.steps.len() {
            // Parked steps have nothing to do with each other.
            let Some((owner, position)) = self.position_of(&at).filter(|(owner, _)| *owner != BodyOwner::Shelf) else { break };
            let body = self.body_of(&owner).unwrap_or_default();
            let mut earlier = Vec::new();
            for step in &body[..position] {
                self.collect(step, &mut earlier, 0);
            }
            if let BodyOwner::Arm { step, arm } = &owner
                && arm.0 == ERROR_BODY
                && let Some(StepKind::Section(Section { body, .. }) | StepKind::ForEach(ForEach { body, .. })) =
                    self.steps.get(step).map(|step| &step.kind)
            {
                let mut tried = Vec::new();
                body.iter().for_each(|step| self.collect(step, &mut tried, 0));
                earlier.splice(0..0, tried);
            }
            earlier.append(&mut found);
            found = earlier;
            match owner {
                BodyOwner::Workflow | BodyOwner::Shelf => break,
                BodyOwner::Arm { step, .. } => at = step,
            }
        }
        found
    }

    fn collect(&self, id: &StepId, into: &mut Vec<StepId>, depth: usize) {
        if depth > self.steps.len() {
            return;
        }
        if let Some(step) = self.steps.get(id) {
            for body in step.kind.bodies().filter(|_| !step.kind.is_loop()) {
                for inner in body {
                    self.collect(inner, into, depth + 1);
                }
            }
            into.push(id.clone());
        }
    }

    /// Every step id that can run, in reading order (a step before the steps of its arms); without those on the shelf.
    pub fn in_order(&self) -> Vec<StepId> {
        fn visit(def: &WorkflowDefinition, body: &[StepId], depth: usize, into: &mut Vec<StepId>) {
            if depth > def.steps.len() {
                return;
            }
            for id in body {
                into.push(id.clone());
                if let Some(step) = def.steps.get(id) {
                    for inner in step.kind.bodies() {
                        visit(def, inner, depth + 1, into);
                    }
                }
            }
        }
        let mut into = Vec::new();
        visit(self, &self.body, 0, &mut into);
        into
    }
}
