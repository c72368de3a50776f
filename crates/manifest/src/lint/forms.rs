//! Forms hang together.

use std::collections::BTreeSet;

use super::Found;
use crate::{Connector, Field, FieldKind};

pub(super) fn check(connector: &Connector, found: &mut Found) {
    for operation in &connector.operations {
        let place = format!("operations/{}.toml", operation.id);
        form(&operation.fields, &place, connector, found);
        let switch = operation.idempotency.override_field.as_ref();
        let is_switch = |key: &String| operation.field(key).is_some_and(|field| field.kind == FieldKind::Switch);
        found.demand(switch.is_none_or(is_switch), &place, "\"override_field\" must be a switch of the form");
        found.demand(operation.fields.iter().all(|field| !field.secret), &place, "secrets belong into connections");
        let names = operation.idempotency.natural_key.iter().chain(&operation.recipient);
        for name in names.filter(|name| operation.field(name).is_none()) {
            found.add(&place, format!("there is no field \"{name}\""));
        }
    }
    for trigger in &connector.triggers {
        form(&trigger.fields, &format!("triggers/{}.toml", trigger.id), connector, found);
    }
    let mut ids = BTreeSet::new();
    for method in &connector.auth {
        let place = format!("connector.toml: auth {}", method.id);
        found.demand(ids.insert(&method.id), &place, "two ways to sign in have this id");
        found.demand(!method.label.is_empty(), &place, "has no label");
        form(&method.fields, &place, connector, found);
    }
}

fn form(fields: &[Field], place: &str, connector: &Connector, found: &mut Found) {
    let mut keys = BTreeSet::new();
    for field in fields {
        let place = format!("{place}: field {}", field.key);
        found.demand(keys.insert(&field.key), &place, "two fields have this key");
        found.demand(!field.label.is_empty(), &place, "has no label");
        let may_be_absent = field.default.is_some() || field.shown_when.is_some();
        found.demand(
            !field.required || !may_be_absent || field.secret,
            &place,
            "a required field is always shown and has no default",
        );
        if let Some(when) = &field.shown_when {
            shown_when(when, fields, &place, found);
        }
        let loads = field.options_from.iter().map(|from| (&from.load, &from.depends_on));
        for (load, depends_on) in loads.chain(field.fields_from.iter().map(|from| (&from.load, &from.depends_on))) {
            found.demand(connector.loads.contains_key(load), &place, format!("there is no load \"{load}\""));
            for other in depends_on.iter().filter(|other| !fields.iter().any(|field| field.key == **other)) {
                found.add(&place, format!("depends on \"{other}\", which is no field of the form"));
            }
        }
        let is_object = matches!(field.kind, FieldKind::KeyValue { .. });
        found.demand(field.fields_from.is_none() || is_object, &place, "\"fields_from\" needs the kind key_value");
        let is_text = matches!(field.kind, FieldKind::Text | FieldKind::Json);
        found.demand(
            field.options_from.is_none() || is_text,
            &place,
            "\"options_from\" needs the kind text, or json for several",
        );
    }
}

fn shown_when(when: &crate::ShownWhen, fields: &[Field], place: &str, found: &mut Found) {
    let other = fields.iter().find(|other| other.key == when.field);
    let Some(FieldKind::Choice { options }) = other.map(|other| &other.kind) else {
        found.add(place, format!("depends on \"{}\", which is no choice of the form", when.field));
        return;
    };
    for value in when.is.iter().filter(|value| !options.iter().any(|option| option.value == **value)) {
        found.add(place, format!("\"{}\" has no option \"{value}\"", when.field));
    }
}
