//! What of an event a definition's steps use.

use expr::{Reference, Seg, Source, condition_references, references};

use super::{ITEM, push};
use crate::{Place, WorkflowDefinition, step::Content};

/// A field of the event, and who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// A pointer as [`super::Shape`] has them.
    pub path: String,
    pub place: Place,
}

/// Every use of what the event brought along: its `body` and its `query`.
pub fn used(definition: &WorkflowDefinition) -> Vec<Used> {
    let names = definition.names();
    let mut all = Vec::new();
    let mut take = |place: Place, found: Vec<Reference>| {
        for reference in found.into_iter().filter(|reference| reference.source == Source::Event) {
            let is_data = matches!(reference.path.first(), Some(Seg::Key(key)) if key == "body" || key == "query");
            if is_data && reference.path.len() > 1 {
                all.push(Used { path: pointer(&reference.path), place: place.clone() });
            }
        }
    };
    for id in definition.in_order() {
        let Some(step) = definition.step(&id).filter(|step| !step.disabled) else { continue };
        for slot in step.kind.slots() {
            let place = Place { step: Some(id.clone()), field: Some(slot.field), trigger: None };
            take(
                place,
                match slot.content {
                    Content::Mapped(mapped) => references(mapped, &names),
                    Content::Condition(condition) => condition_references(condition, &names),
                },
            );
        }
    }
    all
}

fn pointer(path: &[Seg]) -> String {
    let mut text = String::new();
    for seg in path {
        match seg {
            Seg::Index(_) => push(&mut text, ITEM),
            Seg::Key(key) => push(&mut text, key),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_steps_take_from_the_event_is_found() {
        let definition: WorkflowDefinition = serde_json::from_value(json!({
            "schema": 1,
            "triggers": [{ "id": "hook", "label": "Hook", "kind": { "type": "webhook" } }],
            "steps": {
                "a": { "slug": "a", "label": "A", "kind": { "type": "set", "fields": [
                    { "name": "x", "value": { "expr": "event.body.customer.email" } },
                    { "name": "y", "value": { "template": [{ "text": "Hi " }, { "pill": { "source": "event", "path": ["body", "items", 0, "sku"] } }] } },
                    { "name": "z", "value": { "expr": "event.headers.host" } },
                ] } },
                "off": { "slug": "off", "label": "Off", "disabled": true, "kind": { "type": "set", "fields": [
                    { "name": "x", "value": { "expr": "event.body.never" } },
                ] } },
            },
            "body": ["a", "off"],
        }))
        .unwrap_or_else(|error| panic!("{error}"));
        let found = used(&definition);
        let paths: Vec<&str> = found.iter().map(|used| used.path.as_str()).collect();
        assert_eq!(paths, ["/body/customer/email", "/body/items/[]/sku"]);
        assert_eq!(found[0].place.step.as_ref().map(|step| step.as_str()), Some("a"));
    }
}
