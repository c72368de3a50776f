//! The links of waits, as expressions see them: `links.<name of the wait step>`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{
    WorkflowDefinition,
    ids::{StepId, StepPath},
    step::StepKind,
};
use serde_json::{Map, Value};

use crate::{Context, walk::MOST_NESTED};

/// The waits of a definition, by the innermost loop around them.
#[derive(Default)]
pub(crate) struct Waits(BTreeMap<Option<StepId>, Vec<(StepId, String)>>);

impl Waits {
    pub(crate) fn of(def: &WorkflowDefinition) -> Self {
        let mut waits = Waits::default();
        waits.gather(def, &def.body, None, &mut BTreeSet::new(), 0);
        waits
    }

    fn gather<'a>(
        &mut self,
        def: &'a WorkflowDefinition,
        body: &'a [StepId],
        around: Option<&StepId>,
        seen: &mut BTreeSet<&'a StepId>,
        depth: usize,
    ) {
        for id in body {
            let Some(step) = def.steps.get(id).filter(|_| depth <= MOST_NESTED && seen.insert(id)) else { continue };
            if matches!(step.kind, StepKind::Wait(_)) {
                self.0.entry(around.cloned()).or_default().push((id.clone(), step.slug.clone()));
            }
            let around = if step.kind.is_loop() { Some(id) } else { around };
            step.kind.bodies().for_each(|body| self.gather(def, body, around, seen, depth + 1));
        }
    }

    /// The links of the waits in one iteration of `around` (absent: at the top), beside those that are seen around it.
    pub(crate) fn links(
        &self,
        ctx: &Context<'_>,
        around: Option<&StepId>,
        prefix: &str,
        outer: Option<&Arc<Value>>,
    ) -> Option<Arc<Value>> {
        let Some(own) = self.0.get(&around.cloned()) else { return outer.cloned() };
        let mut links = outer.and_then(|outer| outer.as_object()).cloned().unwrap_or_else(Map::new);
        for (id, slug) in own {
            let path = StepPath(format!("{prefix}{id}"));
            links.insert(slug.clone(), Value::String(ctx.links.url(ctx.run_id, &path)));
        }
        Some(Arc::new(Value::Object(links)))
    }
}
