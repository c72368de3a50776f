//! What a connector is, which ones there are, and the one check of a workflow definition that the editor, publishing and import
//! share.

mod check;
mod connector;
mod credential;
mod field;

use std::sync::LazyLock;

pub use check::{check, sub_workflows};
pub use connector::{AuthMethod, Connector, Effect, Idempotency, IdempotencyClass, NeedsConnection, Operation};
pub use credential::{is_credential_header, is_credential_parameter};
pub use field::{Choice, Field, FieldKind, ShownWhen};

static BUILTIN: LazyLock<Vec<Connector>> = LazyLock::new(|| {
    let json = include_str!(concat!(env!("OUT_DIR"), "/connectors.json"));
    serde_json::from_str(json).expect("a test reads every connector of the repository")
});

/// The connectors that come with Patchbay, by id.
pub fn builtin() -> &'static [Connector] {
    &BUILTIN
}

/// One connector of those that come with Patchbay.
pub fn find(id: &str) -> Option<&'static Connector> {
    BUILTIN.iter().find(|connector| connector.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_connector_can_be_read() {
        assert!(find("http").is_some_and(|http| http.operation("request").is_some()));
        let ids: BTreeSet<_> = builtin().iter().map(|connector| &connector.id).collect();
        assert_eq!(ids.len(), builtin().len());
    }

    #[test]
    fn every_form_hangs_together() {
        for connector in builtin() {
            for operation in &connector.operations {
                form(&operation.fields, &format!("{}.{}", connector.id, operation.id));
                let switch = operation.idempotency.override_field.as_ref();
                let is_switch = |key: &String| operation.field(key).is_some_and(|field| field.kind == FieldKind::Switch);
                assert!(switch.is_none_or(is_switch), "{}: the override is a switch of the form", operation.id);
                assert!(operation.fields.iter().all(|field| !field.secret), "{}: secrets belong into connections", operation.id);
            }
            for method in &connector.auth {
                form(&method.fields, &format!("{} auth {}", connector.id, method.id));
            }
        }
    }

    fn form(fields: &[Field], name: &str) {
        let keys: BTreeSet<_> = fields.iter().map(|field| &field.key).collect();
        assert_eq!(keys.len(), fields.len(), "{name}: keys are unique");
        for field in fields {
            assert!(!field.label.is_empty(), "{name}.{}: has a label", field.key);
            let may_be_absent = field.default.is_some() || field.shown_when.is_some();
            assert!(!field.required || !may_be_absent || field.secret, "{name}.{}: required means always", field.key);
            if let Some(when) = &field.shown_when {
                let other = fields.iter().find(|other| other.key == when.field);
                let Some(FieldKind::Choice { options }) = other.map(|other| &other.kind) else {
                    panic!("{name}.{}: depends on a choice of the form", field.key);
                };
                let exists = |value: &String| options.iter().any(|option| option.value == *value);
                assert!(when.is.iter().all(exists), "{name}.{}: depends on options that exist", field.key);
            }
        }
    }
}
