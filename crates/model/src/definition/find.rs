//! Words looked for in everything that a person wrote into a definition.

use expr::{Names, print_text};
use serde_json::Value;

use crate::{
    Place, WorkflowDefinition,
    step::{Content, Step},
};

/// Characters shown on each side of what was found.
const AROUND: usize = 40;

/// One place where the words stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its field: `label`, `note`, or the dotted path of a mapped field.
    pub place: Place,
    /// Of the step or trigger.
    pub label: String,
    /// The words with what stands around them.
    pub text: String,
}

/// Every place of the definition that holds `words`, in reading order; upper and lower case are the same.
pub fn find(definition: &WorkflowDefinition, words: &str) -> Vec<Found> {
    let needle = words.trim().to_lowercase();
    let mut found = Vec::new();
    if needle.is_empty() {
        return found;
    }
    for trigger in &definition.triggers {
        if let Some(text) = around(&trigger.label, &needle) {
            let place = Place { trigger: Some(trigger.id.clone()), field: Some("label".into()), ..Place::default() };
            found.push(Found { place, label: trigger.label.clone(), text });
        }
    }
    let names = definition.names();
    let mut ids = definition.in_order();
    ids.extend(definition.steps.keys().filter(|id| definition.is_parked(id)).cloned());
    for id in ids {
        let Some(step) = definition.step(&id) else { continue };
        for (field, text) in texts(step, &names) {
            let Some(text) = around(&text, &needle) else { continue };
            let place = Place { step: Some(id.clone()), field: Some(field), ..Place::default() };
            found.push(Found { place, label: step.label.clone(), text });
        }
    }
    found
}

/// What a person wrote into a step, with its field.
fn texts(step: &Step, names: &Names) -> Vec<(String, String)> {
    let mut texts = vec![("label".to_owned(), step.label.clone()), ("note".to_owned(), step.note.clone())];
    let json = |value: serde_json::Result<Value>| value.map(|value| value.to_string()).unwrap_or_default();
    for slot in step.kind.slots() {
        let text = match slot.content {
            Content::Mapped(mapped) => print_text(mapped, names).unwrap_or_else(|| json(serde_json::to_value(mapped))),
            Content::Condition(condition) => json(serde_json::to_value(condition)),
        };
        texts.push((slot.field, text));
    }
    if let crate::step::StepKind::Code(code) = &step.kind {
        texts.push(("source".to_owned(), code.source.clone()));
    }
    texts
}

/// The first place of `needle`, which is in small letters, on one line.
fn around(text: &str, needle: &str) -> Option<String> {
    let (small, origins) = lowered(text);
    let at = small.find(needle)?;
    let chars: Vec<char> = text.chars().collect();
    let (first, last) = (origins[at], origins[at + needle.len() - 1]);
    let (from, to) = (first.saturating_sub(AROUND), (last + 1 + AROUND).min(chars.len()));
    let mut shown: String = chars[from..to].iter().map(|c| if c.is_control() { ' ' } else { *c }).collect();
    if from > 0 {
        shown.insert(0, '…');
    }
    if to < chars.len() {
        shown.push('…');
    }
    Some(shown)
}

/// In small letters, with the character that each byte comes from: some letters become longer.
fn lowered(text: &str) -> (String, Vec<usize>) {
    let (mut small, mut origins) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    for (at, c) in text.chars().enumerate() {
        for c in c.to_lowercase() {
            small.push(c);
            origins.resize(small.len(), at);
        }
    }
    (small, origins)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn definition() -> WorkflowDefinition {
        serde_json::from_value(json!({
            "schema": 1,
            "triggers": [{ "id": "hook", "label": "New ORDER", "kind": { "type": "webhook" } }],
            "body": ["shape", "send"], "shelf": ["parked"],
            "steps": {
                "shape": { "slug": "shape", "label": "Shape", "note": "Orders\nfrom the shop", "kind": { "type": "set", "fields": [
                    { "name": "total", "value": { "expr": "event.body.order.total" } }] } },
                "send": { "slug": "send", "label": "Send", "kind": { "type": "code", "source": "return input.order", "input": {} } },
                "parked": { "slug": "parked", "label": "Old orders", "kind": { "type": "set", "fields": [] } }
            }
        }))
        .unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn words_are_found_wherever_a_person_wrote_them() {
        let told = |words: &str| {
            let found = find(&definition(), words);
            found.into_iter().map(|one| (one.label, one.place.field.unwrap_or_default(), one.text)).collect::<Vec<_>>()
        };
        let expected = [
            ("New ORDER", "label", "New ORDER"),
            ("Shape", "note", "Orders from the shop"),
            ("Shape", "fields[0]", "{{ event.body.order.total }}"),
            ("Send", "source", "return input.order"),
            ("Old orders", "label", "Old orders"),
        ];
        let found = told(" order ");
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((label, field, text), (expected_label, expected_field, expected_text)) in found.iter().zip(expected) {
            assert_eq!((label.as_str(), text.as_str()), (expected_label, expected_text));
            assert!(field.starts_with(expected_field.split('[').next().unwrap_or_default()), "{field}");
        }
        assert!(told("nowhere").is_empty());
        assert!(told("  ").is_empty());
    }

    #[test]
    fn letters_that_become_longer_are_shown_as_they_were() {
        let text = format!("{}İstanbul{}", "x".repeat(100), "y".repeat(100));
        let shown = around(&text, "stanbul").unwrap_or_default();
        assert_eq!(shown, format!("…{}İstanbul{}…", "x".repeat(39), "y".repeat(40)));
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_through(text in ".{0,80}", needle in ".{1,4}") {
            let needle = needle.to_lowercase();
            if let Some(shown) = around(&text, &needle) {
                prop_assert!(shown.chars().count() <= text.chars().count() + 2);
            }
        }
    }
}
