//! Points pills at another step: for copies, whose steps have ids of their own.

use crate::limits::MAX_TREE_DEPTH;
use crate::mapped::{Condition, Mapped, Part, Source};

/// Gives every pill that holds a step's id the id that `to` says, where it says one.
pub fn repoint(mapped: &mut Mapped, to: &dyn Fn(&str) -> Option<String>) {
    in_mapped(mapped, to, 0);
}

/// The same for a condition.
pub fn repoint_condition(condition: &mut Condition, to: &dyn Fn(&str) -> Option<String>) {
    in_condition(condition, to, 0);
}

fn in_mapped(mapped: &mut Mapped, to: &dyn Fn(&str) -> Option<String>, depth: usize) {
    if depth > MAX_TREE_DEPTH {
        return;
    }
    match mapped {
        Mapped::Literal(_) | Mapped::Omit | Mapped::Null | Mapped::Expr(_) => {}
        Mapped::Template(parts) => {
            for part in parts {
                if let Part::Pill(pill) = part
                    && let Source::Step(id) = &mut pill.source
                    && let Some(new) = to(id)
                {
                    *id = new;
                }
            }
        }
        Mapped::Object(entries) => {
            for entry in entries {
                in_mapped(&mut entry.key, to, depth + 1);
                in_mapped(&mut entry.value, to, depth + 1);
            }
        }
        Mapped::List(items) => items.iter_mut().for_each(|item| in_mapped(item, to, depth + 1)),
        Mapped::Each(each) => {
            in_mapped(&mut each.over, to, depth + 1);
            in_mapped(&mut each.item, to, depth + 1);
            if let Some(condition) = &mut each.keep_if {
                in_condition(condition, to, depth + 1);
            }
        }
    }
}

fn in_condition(condition: &mut Condition, to: &dyn Fn(&str) -> Option<String>, depth: usize) {
    if depth > MAX_TREE_DEPTH {
        return;
    }
    match condition {
        Condition::All(all) | Condition::Any(all) => all.iter_mut().for_each(|one| in_condition(one, to, depth + 1)),
        Condition::Not(condition) => in_condition(condition, to, depth + 1),
        Condition::Test(test) => {
            in_mapped(&mut test.left, to, depth + 1);
            if let Some(right) = &mut test.right {
                in_mapped(right, to, depth + 1);
            }
        }
        Condition::Expr(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_pill_of_a_step_is_pointed_anew() {
        let pill = |id: &str| json!({ "template": [{ "pill": { "source": { "step": id }, "path": ["email"] } }] });
        let mut mapped: Mapped = serde_json::from_value(json!({
            "object": [{ "key": pill("s1"), "value": { "list": [pill("s2"), { "expr": "s1.email" }] } }]
        }))
        .unwrap();
        repoint(&mut mapped, &|id| (id == "s1").then(|| "s9".to_owned()));
        let text = serde_json::to_string(&mapped).unwrap();
        assert!(text.contains("\"step\":\"s9\"") && text.contains("\"step\":\"s2\"") && text.contains("s1.email"), "{text}");
        let mut condition: Condition =
            serde_json::from_value(json!({ "not": { "test": { "left": pill("s1"), "op": "has_value" } } })).unwrap();
        repoint_condition(&mut condition, &|_| Some("s7".into()));
        assert!(serde_json::to_string(&condition).unwrap().contains("\"s7\""));
    }
}
