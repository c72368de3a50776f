//! Which steps' outputs a step looks at.

use std::collections::BTreeSet;

use expr::{Names, Source, condition_references, references};
use model::{
    definition::ReturnField,
    step::{Content, Step},
};

/// The ids of the steps that what a run gives back refers to.
pub(crate) fn steps_returned(fields: &[ReturnField], names: &Names) -> BTreeSet<String> {
    let found = fields.iter().flat_map(|field| references(&field.value, names));
    found.filter_map(|reference| step_of(reference.source)).collect()
}

/// The ids of the steps that expressions of `step` refer to.
pub(crate) fn steps_seen(step: &Step, names: &Names) -> BTreeSet<String> {
    let found = step.kind.slots().into_iter().flat_map(|slot| match slot.content {
        Content::Mapped(mapped) => references(mapped, names),
        Content::Condition(condition) => condition_references(condition, names),
    });
    found.filter_map(|reference| step_of(reference.source)).collect()
}

fn step_of(source: Source) -> Option<String> {
    match source {
        Source::Step(id) => Some(id),
        _ => None,
    }
}
