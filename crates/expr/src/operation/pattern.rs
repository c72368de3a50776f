//! Regular expressions: Perl's syntax without look-around and back references, so that every search ends within its cost.

use super::argument::{Argument, ArgumentKind, Preset};
use super::table::{Group, Kind, Operation, Work};

#[cfg(feature = "patterns")]
mod machine;
#[cfg(feature = "patterns")]
mod work;

#[cfg(not(feature = "patterns"))]
mod work {
    pub(super) use crate::operation::run::left_out as find;
    pub(super) use crate::operation::run::left_out as find_all;
    pub(super) use crate::operation::run::left_out as matches;
    pub(super) use crate::operation::run::left_out as replace;
}

const PATTERN: Argument = Argument::new("pattern", "Regular expression", ArgumentKind::Pattern).required();
const IGNORE_CASE: Argument = Argument::flag("ignore_case", "Upper and lower case alike", false);
const GROUP: Argument = Argument::whole("group", "Group (0 is the whole match)", 0, 50).preset(Preset::Whole(0));

const fn pattern(name: &'static str, label: &'static str, gives: Kind, work: Work) -> Operation {
    Operation::new(name, label, Group::Text, Kind::Text, gives, work)
}

pub(super) const TABLE: &[Operation] = &[
    pattern("pattern_find", "Find by a regular expression", Kind::Text, Work::Own(work::find)).with(&[
        PATTERN,
        IGNORE_CASE,
        GROUP,
    ]),
    pattern("pattern_find_all", "Find all by a regular expression", Kind::List, Work::Own(work::find_all)).with(&[
        PATTERN,
        IGNORE_CASE,
        GROUP,
    ]),
    pattern("pattern_matches", "Test a regular expression", Kind::Boolean, Work::Own(work::matches))
        .with(&[PATTERN, IGNORE_CASE]),
    pattern("pattern_replace", "Replace by a regular expression", Kind::Text, Work::Own(work::replace)).with(&[
        PATTERN,
        Argument::text("with", "Replace with ($1 is the first group)").preset(Preset::Text("")),
        IGNORE_CASE,
    ]),
];
