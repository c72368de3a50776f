//! The one check of a definition: the editor, publishing and import all use it, so they never disagree. It finds what can be
//! known without data and without the database; names of connections and the meaning of a schedule are for the server.

mod action;
mod app_trigger;
mod code;
mod form;
mod http;
mod known;
mod lookup;
mod loops;
mod order;
mod reach;
mod references;
mod report;
mod steps;
mod store;
mod structure;
mod sub_workflows;
mod transform;
mod triggers;
mod waiting;

#[cfg(test)]
mod data_tests;
#[cfg(test)]
mod tests;

use model::{Problem, WorkflowDefinition};

use self::order::Order;
use self::report::Report;
pub use self::sub_workflows::sub_workflows;
use crate::Connector;

/// Every problem of the definition, those of triggers first, then those of steps in reading order. A definition may be
/// published when none is an [`Error`](model::Severity::Error) or worse, and saved when none is
/// [`Broken`](model::Severity::Broken).
pub fn check(def: &WorkflowDefinition, connectors: &[Connector]) -> Vec<Problem> {
    let mut report = Report::default();
    structure::check(def, &mut report);
    triggers::check(def, connectors, &mut report);
    let order = Order::of(def);
    let names = def.names();
    reach::after_the_end(def, &def.body, &mut report);
    references::check_returns(def, &names, &order, &mut report);
    for (id, step) in order.steps_of(def) {
        steps::check(def, id, step, connectors, &mut report);
        loops::check(def, id, step, &order, &mut report);
        reach::check(def, id, step, &names, &mut report);
        references::check_step(def, id, step, &names, &order, &mut report);
    }
    report.problems
}
