//! What a list of runs is narrowed to: kept in the page's address, so that it can be shared and gone back to.

use model::{
    Timestamp,
    api::{RunSummary, RunsQuery},
    ids::WorkflowId,
    run::{Hold, RunStatus},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Live runs and replays.
    #[default]
    Live,
    Test,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Range {
    #[default]
    Any,
    Hour,
    Day,
    Week,
    Month,
}

impl Range {
    pub const ALL: [Range; 5] = [Range::Any, Range::Hour, Range::Day, Range::Week, Range::Month];

    pub fn name(self) -> &'static str {
        match self {
            Range::Any => "",
            Range::Hour => "1h",
            Range::Day => "24h",
            Range::Week => "7d",
            Range::Month => "30d",
        }
    }

    pub fn parse(text: &str) -> Self {
        Range::ALL.into_iter().find(|range| range.name() == text).unwrap_or_default()
    }

    /// Milliseconds; `None`: from the beginning.
    fn ms(self) -> Option<i64> {
        const HOUR: i64 = 3_600_000;
        match self {
            Range::Any => None,
            Range::Hour => Some(HOUR),
            Range::Day => Some(24 * HOUR),
            Range::Week => Some(7 * 24 * HOUR),
            Range::Month => Some(30 * 24 * HOUR),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub statuses: Vec<RunStatus>,
    /// Only runs with a call whose outcome is unknown.
    pub unknown: bool,
    pub workflow: Option<WorkflowId>,
    pub kind: Kind,
    pub range: Range,
}

impl Filter {
    /// From the parameters of an address, by name.
    pub fn read<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        let text = |key: &str| parameter(key).unwrap_or_default();
        Filter {
            statuses: text("status").split(',').filter_map(RunStatus::parse).collect(),
            unknown: text("hold") == Hold::Unknown.as_str(),
            workflow: text("workflow").parse().ok(),
            kind: match text("kind") {
                "test" => Kind::Test,
                "all" => Kind::All,
                _ => Kind::Live,
            },
            range: Range::parse(text("range")),
        }
    }

    /// `?status=failed&range=24h`; empty when nothing is narrowed.
    pub fn address(&self) -> String {
        let mut pairs = Vec::new();
        if !self.statuses.is_empty() {
            pairs.push(format!("status={}", self.status_list()));
        }
        if self.unknown {
            pairs.push(format!("hold={}", Hold::Unknown.as_str()));
        }
        if let Some(workflow) = self.workflow {
            pairs.push(format!("workflow={workflow}"));
        }
        match self.kind {
            Kind::Live => {}
            Kind::Test => pairs.push("kind=test".into()),
            Kind::All => pairs.push("kind=all".into()),
        }
        if self.range != Range::Any {
            pairs.push(format!("range={}", self.range.name()));
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    fn status_list(&self) -> String {
        self.statuses.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(",")
    }

    pub fn is_narrow(&self) -> bool {
        *self != Filter { kind: self.kind, ..Filter::default() }
    }

    pub fn query(&self, now: Timestamp) -> RunsQuery {
        RunsQuery {
            workflow: self.workflow,
            status: (!self.statuses.is_empty()).then(|| self.status_list()),
            hold: self.unknown.then_some(Hold::Unknown),
            kind: match self.kind {
                Kind::Live => None,
                Kind::Test => Some("test".into()),
                Kind::All => Some("all".into()),
            },
            since: self.range.ms().map(|ms| now.ms() - ms),
            ..RunsQuery::default()
        }
    }

    /// Whether a run that was just reported belongs in the list.
    pub fn takes(&self, run: &RunSummary) -> bool {
        let kind = match self.kind {
            Kind::Live => run.kind != "test",
            Kind::Test => run.kind == "test",
            Kind::All => true,
        };
        kind && (self.statuses.is_empty() || self.statuses.contains(&run.status))
            && (!self.unknown || run.hold == Some(Hold::Unknown))
            && self.workflow.is_none_or(|workflow| workflow == run.workflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back() {
        let filter = Filter {
            statuses: vec![RunStatus::Failed, RunStatus::Waiting],
            unknown: true,
            workflow: Some(WorkflowId(7)),
            kind: Kind::All,
            range: Range::Week,
        };
        let address = filter.address();
        let pairs: Vec<(&str, &str)> = address[1..].split('&').filter_map(|pair| pair.split_once('=')).collect();
        let read = Filter::read(|key| pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| *value));
        assert_eq!(read, filter);
        assert_eq!(Filter::default().address(), "");
    }
}
