use std::collections::BTreeSet;

use model::ids::StepId;
use model::step::Lookup;

use super::known::Known;
use super::report::{Report, step_field};

pub(super) fn check(id: &StepId, lookup: &Lookup, report: &mut Report) {
    if Known::of(Some(&lookup.value)).is_empty() {
        report.error(step_field(id, "value"), "required", "Choose the value to look up");
    }
    if lookup.rows.is_empty() {
        report.error(step_field(id, "rows"), "no_rows", "The table has no rows yet; add one");
    } else if lookup.rows.len() > Lookup::MAX_ROWS {
        let message = format!("The table has {} rows; it can have {}", lookup.rows.len(), Lookup::MAX_ROWS);
        report.error(step_field(id, "rows"), "too_many_rows", message);
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, row) in lookup.rows.iter().enumerate() {
        let from = if lookup.loose { row.from.trim().to_lowercase() } else { row.from.clone() };
        if !seen.insert(from) {
            let message = format!("Two rows are for \"{}\"; the second never counts", row.from.escape_debug());
            report.error(step_field(id, format!("rows[{index}].from")), "repeated_row", message);
        }
    }
}
