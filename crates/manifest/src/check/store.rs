use model::ids::StepId;
use model::step::Store;

use super::report::{self, Report};

pub(super) fn check(id: &StepId, _: &Store, report: &mut Report) {
    report.error(report::step(id), "unsupported_step", "This Patchbay cannot carry out such a step yet");
}
