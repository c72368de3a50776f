//! The order of what a search among the data finds.

use std::cmp::Reverse;

use super::{groups::Group, tree::Row};
use crate::fuzzy::{Wanted, lower};

/// What a value earns that has the query in it: less than a name that has it, more than one with its letters here and there.
const IN_VALUE: i32 = 700;

/// The groups with only what fits the query, the best first. Groups keep their order, but those in which only letters here and there
/// fit come last.
pub fn ranked(groups: Vec<Group>, query: &str) -> Vec<Group> {
    let wanted = Wanted::new(query);
    let mut found: Vec<(bool, Group)> = Vec::new();
    for mut group in groups {
        let mut rows: Vec<(i32, Row)> = group.rows.drain(..).filter_map(|row| Some((points(&wanted, &row)?, row))).collect();
        rows.sort_by_key(|(points, _)| Reverse(*points));
        let Some((best, _)) = rows.first() else { continue };
        let scattered = *best < IN_VALUE;
        group.rows = rows.into_iter().map(|(_, row)| row).collect();
        found.push((scattered, group));
    }
    found.sort_by_key(|(scattered, _)| *scattered);
    found.into_iter().map(|(_, group)| group).collect()
}

fn points(wanted: &Wanted, row: &Row) -> Option<i32> {
    let name = if row.path.is_empty() { row.name.clone() } else { row.spelled() };
    let by_value = wanted.within(&lower(&row.preview)).map(|_| IN_VALUE);
    wanted.score(&lower(&name)).max(by_value)
}

#[cfg(test)]
mod tests {
    use expr::Source;
    use serde_json::{Value, json};

    use super::{super::tree::rows, *};

    fn group(label: &str, value: &Value) -> Group {
        Group {
            key: label.into(),
            kind: "set".into(),
            label: label.into(),
            note: String::new(),
            untested: None,
            rows: rows(&Source::Event, &["body".into()], value, &|_, _| true),
        }
    }

    fn found(groups: &[(&str, Value)], query: &str) -> Vec<String> {
        let groups = groups.iter().map(|(label, value)| group(label, value)).collect();
        let name = |group: &Group| group.rows.iter().map(|row| format!("{}/{}", group.label, row.name)).collect::<Vec<_>>();
        ranked(groups, query).iter().flat_map(name).collect()
    }

    #[test]
    fn names_come_before_values_and_both_before_scattered_letters() {
        let event = json!({"address": "London", "extra": "an odd one", "oddity": 1});
        assert_eq!(found(&[("a", event)], "Odd"), ["a/oddity", "a/extra", "a/address"]);
    }

    #[test]
    fn a_group_with_a_real_hit_comes_before_nearer_ones_without() {
        let (near, far, none) = (json!({"address": 1}), json!({"odd": 2}), json!({"x": 3}));
        assert_eq!(found(&[("near", near.clone()), ("none", none), ("far", far)], "odd"), ["far/odd", "near/address"]);
        assert_eq!(found(&[("near", near.clone()), ("far", near)], "addr"), ["near/address", "far/address"]);
    }

    #[test]
    fn odd_queries_find_nothing_or_what_they_name() {
        let event = json!({"שם": "עדה", "<img onerror=1>": "q"});
        assert_eq!(found(&[("a", event.clone())], "עדה"), ["a/שם"]);
        assert_eq!(found(&[("a", event.clone())], "<IMG"), ["a/<img onerror=1>"]);
        assert!(found(&[("a", event)], &"x".repeat(10_000)).is_empty());
    }
}
