//! Which steps' outputs a step looks at.

use std::collections::BTreeSet;

use expr::{Names, Source, condition_references, references};
use model::step::{Content, Step};

/// The ids of the steps that expressions of `step` refer to.
pub(crate) fn steps_seen(step: &Step, names: &Names) -> BTreeSet<String> {
    let found = step.kind.slots().into_iter().flat_map(|slot| match slot.content {
        Content::Mapped(mapped) => references(mapped, names),
        Content::Condition(condition) => condition_references(condition, names),
    });
    let step_of = |source| match source {
        Source::Step(id) => Some(id),
        _ => None,
    };
    found.filter_map(|reference| step_of(reference.source)).collect()
}
