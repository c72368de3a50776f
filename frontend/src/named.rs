//! What has a page of its own, by its id.

use model::ids::{ConnectionId, RunId, WorkflowId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Run(RunId),
    Workflow(WorkflowId),
    Connection(ConnectionId),
}

impl Named {
    /// What an id names that somebody has written down; nothing where it is not one, or of what has no page.
    pub fn parse(text: &str) -> Option<Named> {
        let run = text.parse().ok().map(Named::Run);
        run.or_else(|| text.parse().ok().map(Named::Workflow)).or_else(|| text.parse().ok().map(Named::Connection))
    }

    /// The path of its page.
    pub fn path(self) -> String {
        match self {
            Named::Run(id) => format!("/runs/{id}"),
            Named::Workflow(id) => format!("/workflows/{id}"),
            Named::Connection(id) => format!("/connections/{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_where_they_belong() {
        let path = |text: &str| Named::parse(text).map(Named::path);
        let (run, flow, account) = (RunId(1_234_567).to_string(), WorkflowId(7).to_string(), ConnectionId(8).to_string());
        assert_eq!(path(&run), Some(format!("/runs/{run}")));
        assert_eq!(path(&flow), Some(format!("/workflows/{flow}")));
        assert_eq!(path(&account), Some(format!("/connections/{account}")));
        for other in ["", "run_", "run_../../settings", "wf_1/../x", "lead to crm", "<img onerror=1>"] {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
