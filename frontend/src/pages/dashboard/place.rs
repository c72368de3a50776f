//! What the dashboard is about, kept in the page's address; and the addresses it leads to.

use model::{api::DashboardBucket, ids::WorkflowId, run::RunStatus};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// One of [`Place::WINDOWS`].
    pub window: &'static str,
    pub workflow: Option<WorkflowId>,
}

impl Place {
    pub const WINDOWS: [&'static str; 5] = ["1h", "24h", "7d", "30d", "90d"];
    const USUAL: &'static str = "24h";

    /// From the parameters of an address, by name.
    pub fn read<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        let window = parameter("window").unwrap_or_default();
        Place {
            window: Place::WINDOWS.into_iter().find(|known| *known == window).unwrap_or(Place::USUAL),
            workflow: parameter("workflow").and_then(|id| id.parse().ok()),
        }
    }

    pub fn address(self) -> String {
        let mut pairs = Vec::new();
        if self.window != Place::USUAL {
            pairs.push(format!("window={}", self.window));
        }
        pairs.extend(self.workflow.map(|id| format!("workflow={id}")));
        if pairs.is_empty() { "/".into() } else { format!("/?{}", pairs.join("&")) }
    }

    /// The runs that ended in a bucket; of one status where one is named.
    pub fn runs_in(self, bucket: &DashboardBucket, status: Option<RunStatus>) -> String {
        let span = format!("ended={}-{}", bucket.at.ms(), bucket.until.ms());
        let status = status.map(|status| format!("status={}&", status.as_str())).unwrap_or_default();
        self.runs(&format!("{status}{span}"))
    }

    /// The list of runs narrowed like this, and to the workflow.
    pub fn runs(self, narrowed: &str) -> String {
        match self.workflow {
            Some(id) => format!("/runs?workflow={id}&{narrowed}"),
            None => format!("/runs?{narrowed}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Timestamp, api::RunCounts};

    fn read(address: &str) -> Place {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        Place::read(|key| pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| *value))
    }

    #[test]
    fn an_address_reads_back() {
        for window in Place::WINDOWS {
            for workflow in [None, Some(WorkflowId(9))] {
                let place = Place { window, workflow };
                assert_eq!(read(&place.address()), place);
            }
        }
        assert_eq!(read("/?window=3y&workflow=x"), Place { window: "24h", workflow: None });
        assert_eq!(Place { window: "24h", workflow: None }.address(), "/");
    }

    #[test]
    fn bars_lead_to_their_runs() {
        let bucket =
            DashboardBucket { at: Timestamp(5), until: Timestamp(9), counts: RunCounts::default(), p50_ms: None, p95_ms: None };
        let place = Place { window: "1h", workflow: None };
        assert_eq!(place.runs_in(&bucket, Some(RunStatus::Failed)), "/runs?status=failed&ended=5-9");
        let place = Place { workflow: Some(WorkflowId(1)), ..place };
        assert_eq!(place.runs_in(&bucket, None), format!("/runs?workflow={}&ended=5-9", WorkflowId(1)));
    }
}
