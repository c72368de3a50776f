//! What is measured, one file each.

pub mod connect;
pub mod crash;
pub mod first_load;
pub mod history;
pub mod long_loop;
pub mod loops;
pub mod readback;
pub mod rest;
pub mod runs;
pub mod scaling;
pub mod soak;
pub mod throughput;
pub mod upkeep;
pub mod watch;

use crate::upstream::{ADDRESS, Upstream};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// What every scenario works with.
pub struct Setting {
    pub binary: PathBuf,
    pub workflows: PathBuf,
    pub output: PathBuf,
    pub connections: usize,
    pub upstream: Upstream,
}

impl Setting {
    /// A copy of a workflow file that calls the running upstream.
    pub fn workflow(&self, name: &str) -> Result<PathBuf> {
        let original = self.workflows.join(name);
        let text = std::fs::read_to_string(&original).with_context(|| format!("cannot read {}", original.display()))?;
        let copy = self.output.join(name);
        std::fs::write(&copy, text.replace(ADDRESS, &self.upstream.address.to_string()))?;
        Ok(copy)
    }
}

/// The middle value; of an even number, the upper middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use model::api::ImportedWorkflow;

    /// Reads a bench workflow as the server does; a name that the format does not know is an error.
    fn workflow(text: &str) -> ImportedWorkflow {
        let workflow: ImportedWorkflow = serde_json::from_str(text).expect("the format of an exported workflow");
        let mut body = workflow.definition.body.clone();
        body.sort();
        body.extend(workflow.definition.steps.values().flat_map(|step| step.kind.bodies().flatten().cloned()));
        body.sort();
        assert!(body.iter().eq(workflow.definition.steps.keys()), "every step stands in a body");
        workflow
    }

    #[test]
    fn the_workflows_have_the_format_of_the_model() {
        let w1 = workflow(include_str!("../../../../bench/workflows/w1.json"));
        workflow(include_str!("../../../../bench/workflows/w3.json"));
        let w2 = workflow(include_str!("../../../../bench/workflows/w2.json"));
        assert_eq!(w1.definition.steps, w2.definition.steps);
        assert_ne!(w1.definition.triggers, w2.definition.triggers);
        let text = serde_json::to_string(&w1.definition).expect("JSON");
        assert!(text.contains(crate::upstream::ADDRESS), "W1 calls the upstream");
    }

    #[test]
    fn the_median_is_not_moved_by_one_bad_round() {
        assert_eq!(super::median(vec![1.0, 100.0, 2.0]), 2.0);
        assert_eq!(super::median(Vec::new()), 0.0);
    }
}
