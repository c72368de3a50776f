//! What a connector's data must keep, beyond its format: names that exist, hosts that fit, promises that can be kept.

mod forms;
mod promises;
mod reading;
mod references;

use crate::Connector;

/// What is wrong with a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, and where in it: `operations/send.toml: requests[0].path`.
    pub place: String,
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Everything that is wrong; empty for a connector that can be used.
pub fn lint(connector: &Connector) -> Vec<Problem> {
    let mut found = Found(Vec::new());
    forms::check(connector, &mut found);
    if connector.is_data() {
        references::check(connector, &mut found);
        promises::check(connector, &mut found);
        reading::check(connector, &mut found);
    }
    found.0
}

struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { place: place.into(), message: message.into() });
    }

    /// Adds the problem unless `holds`.
    fn demand(&mut self, holds: bool, place: &str, message: impl Into<String>) {
        if !holds {
            self.add(place, message);
        }
    }
}
