//! What a list of runs is narrowed to: kept in the page's address, so that it can be shared and gone back to.

use model::{
    Timestamp,
    api::{RunSummary, RunsQuery},
    ids::{ConnectionId, JobId, StepId, TriggerId, WorkflowId},
    run::{ErrorClass, Hold, RunStatus},
};

use crate::api::encode;

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

/// Runs that ended between two moments, in milliseconds: what a bar of the dashboard stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    pub since: i64,
    pub until: i64,
}

impl Ended {
    /// `1767225600000-1767229200000`
    fn parse(text: &str) -> Option<Self> {
        let (since, until) = text.split_once('-')?;
        Some(Ended { since: since.parse().ok()?, until: until.parse().ok()? })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub statuses: Vec<RunStatus>,
    /// Only runs that wait for just this.
    pub hold: Option<Hold>,
    pub workflow: Option<WorkflowId>,
    /// Of workflows with this tag.
    pub tag: Option<String>,
    pub version: Option<u32>,
    pub trigger: Option<TriggerId>,
    pub connection: Option<ConnectionId>,
    pub error_class: Option<ErrorClass>,
    /// Failed at this step.
    pub step: Option<StepId>,
    /// Failed with a message of this shape.
    pub shape: Option<String>,
    /// Took at least so many seconds.
    pub longer_s: Option<u32>,
    pub kind: Kind,
    pub range: Range,
    pub ended: Option<Ended>,
    /// Searched for: shown in place of the list. The other conditions do not narrow it, but for the workflow.
    pub q: Option<String>,
    /// The action on many runs whose progress is shown.
    pub bulk: Option<JobId>,
    /// Equal failures are shown as one line each.
    pub grouped: bool,
    /// Runs that a filter step ended are shown with the others, though nobody asked for their status.
    pub filtered: bool,
}

impl Filter {
    /// From the parameters of an address, by name.
    pub fn read<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        let text = |key: &str| parameter(key).unwrap_or_default();
        let some = |key: &str| parameter(key).filter(|text| !text.is_empty());
        Filter {
            statuses: text("status").split(',').filter_map(RunStatus::parse).collect(),
            hold: Hold::parse(text("hold")),
            workflow: text("workflow").parse().ok(),
            tag: some("tag").map(str::to_owned),
            version: text("version").parse().ok(),
            trigger: some("trigger").map(TriggerId::from),
            connection: text("connection").parse().ok(),
            error_class: ErrorClass::parse(text("error")),
            step: some("step").map(StepId::from),
            shape: some("shape").map(str::to_owned),
            bulk: text("bulk").parse().ok(),
            q: some("q").map(str::to_owned),
            grouped: text("grouped") == "1",
            filtered: text("filtered") == "1",
            longer_s: text("longer").parse().ok().filter(|seconds| *seconds > 0),
            kind: match text("kind") {
                "test" => Kind::Test,
                "all" => Kind::All,
                _ => Kind::Live,
            },
            range: Range::parse(text("range")),
            ended: Ended::parse(text("ended")),
        }
    }

    /// `?status=failed&range=24h`; empty when nothing is narrowed.
    pub fn address(&self) -> String {
        let text = |key: &str, value: Option<String>| value.map(|value| format!("{key}={value}"));
        let kind = match self.kind {
            Kind::Live => None,
            Kind::Test => Some("test".to_owned()),
            Kind::All => Some("all".to_owned()),
        };
        let pairs: Vec<String> = [
            text("status", (!self.statuses.is_empty()).then(|| self.status_list())),
            text("hold", self.hold.map(|hold| hold.as_str().to_owned())),
            text("workflow", self.workflow.map(|id| id.to_string())),
            text("tag", self.tag.as_deref().map(encode)),
            text("version", self.version.map(|version| version.to_string())),
            text("trigger", self.trigger.as_ref().map(|id| encode(id.as_str()))),
            text("connection", self.connection.map(|id| id.to_string())),
            text("error", self.error_class.map(|class| class.as_str().to_owned())),
            text("step", self.step.as_ref().map(|id| encode(id.as_str()))),
            text("shape", self.shape.as_deref().map(encode)),
            text("longer", self.longer_s.map(|seconds| seconds.to_string())),
            text("kind", kind),
            text("range", (self.range != Range::Any).then(|| self.range.name().to_owned())),
            text("ended", self.ended.map(|ended| format!("{}-{}", ended.since, ended.until))),
            text("bulk", self.bulk.map(|id| id.to_string())),
            text("q", self.q.as_deref().map(encode)),
            text("grouped", self.grouped.then(|| "1".to_owned())),
            text("filtered", self.filtered.then(|| "1".to_owned())),
        ]
        .into_iter()
        .flatten()
        .collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    fn status_list(&self) -> String {
        self.statuses.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(",")
    }

    pub fn is_narrow(&self) -> bool {
        *self != Filter { filtered: self.filtered, ..self.cleared() }
    }

    /// Without its conditions: how the list is looked at stays.
    pub fn cleared(&self) -> Self {
        Filter { kind: self.kind, grouped: self.grouped, q: self.q.clone(), bulk: self.bulk, ..Filter::default() }
    }

    /// What the list itself follows.
    pub fn listed(&self) -> Self {
        Filter { q: None, bulk: None, ..self.clone() }
    }

    /// Nobody has said which statuses, so that those a filter step ended are only counted.
    pub fn folds(&self) -> bool {
        self.may_fold() && !self.filtered
    }

    /// Whether there is anything to fold: no other condition leaves them out, or asks for them.
    pub fn may_fold(&self) -> bool {
        self.statuses.is_empty()
            && self.hold.is_none()
            && self.error_class.is_none()
            && self.step.is_none()
            && self.shape.is_none()
    }

    /// What the list shows: without the folded ones.
    pub fn shown(&self, now: Timestamp) -> RunsQuery {
        let others = || RunStatus::ALL.iter().copied().filter(|status| *status != RunStatus::Filtered).map(RunStatus::as_str);
        let status = if self.folds() { Some(others().collect::<Vec<_>>().join(",")) } else { self.query(now).status };
        RunsQuery { status, ..self.query(now) }
    }

    /// Those that are folded.
    pub fn folded(&self, now: Timestamp) -> RunsQuery {
        RunsQuery { status: Some(RunStatus::Filtered.as_str().to_owned()), ..self.query(now) }
    }

    /// How many of the rarer conditions are set: those that have no place in the bar.
    pub fn further(&self) -> usize {
        let set = [
            self.hold.is_some_and(|hold| hold != Hold::Unknown),
            self.version.is_some(),
            self.trigger.is_some(),
            self.connection.is_some(),
            self.error_class.is_some(),
            self.step.is_some(),
            self.shape.is_some(),
            self.longer_s.is_some(),
        ];
        set.into_iter().filter(|set| *set).count()
    }

    pub fn query(&self, now: Timestamp) -> RunsQuery {
        RunsQuery {
            workflow: self.workflow,
            tag: self.tag.clone(),
            status: (!self.statuses.is_empty()).then(|| self.status_list()),
            hold: self.hold,
            version: self.version,
            trigger: self.trigger.clone(),
            connection: self.connection,
            error_class: self.error_class,
            error_step: self.step.clone(),
            error_shape: self.shape.clone(),
            longer_than_ms: self.longer_s.map(|seconds| i64::from(seconds) * 1_000),
            kind: match self.kind {
                Kind::Live => None,
                Kind::Test => Some("test".into()),
                Kind::All => Some("all".into()),
            },
            since: self.range.ms().map(|ms| now.ms() - ms),
            finished_since: self.ended.map(|ended| ended.since),
            finished_until: self.ended.map(|ended| ended.until),
            ..RunsQuery::default()
        }
    }

    /// Whether a run that was just reported belongs in the list. What a report does not tell keeps it out: see [`Filter::doubts`].
    pub fn takes(&self, run: &RunSummary) -> bool {
        self.is_judged() && self.fits(run)
    }

    /// Whether a run that was just reported may belong in the list, and only reading the list says so.
    pub fn doubts(&self, run: &RunSummary) -> bool {
        !self.is_judged() && self.fits(run)
    }

    /// Whether a report tells all that is asked for. It names neither tags nor connections, and of a message not the shape.
    fn is_judged(&self) -> bool {
        self.tag.is_none() && self.connection.is_none() && self.shape.is_none()
    }

    /// As far as a report tells.
    fn fits(&self, run: &RunSummary) -> bool {
        let kind = match self.kind {
            Kind::Live => run.kind != "test",
            Kind::Test => run.kind == "test",
            Kind::All => true,
        };
        let took = |until: Timestamp| until.since(run.started_at.unwrap_or(run.created_at));
        let failed_at =
            |step: &StepId| run.error.as_ref().and_then(|error| error.path.as_ref()).is_some_and(|path| path.step() == *step);
        kind && (self.statuses.is_empty() || self.statuses.contains(&run.status))
            && !(self.folds() && run.status == RunStatus::Filtered)
            && self.hold.is_none_or(|hold| run.hold == Some(hold))
            && self.workflow.is_none_or(|workflow| workflow == run.workflow)
            && self.version.is_none_or(|version| version == run.version)
            && self.trigger.as_ref().is_none_or(|trigger| *trigger == run.trigger)
            && self.error_class.is_none_or(|class| run.error.as_ref().is_some_and(|error| error.class == class))
            && self.step.as_ref().is_none_or(failed_at)
            && self.longer_s.is_none_or(|s| run.finished_at.is_some_and(|end| took(end) >= i64::from(s) * 1_000))
            && self.ended.is_none_or(|span| run.finished_at.is_some_and(|end| (span.since..span.until).contains(&end.ms())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_report_does_not_tell_is_read() {
        let run: RunSummary = serde_json::from_value(serde_json::json!({
            "id": "run_0000000000001", "workflow": "wf_0000000000001", "workflow_name": "W", "version": 1, "trigger": "t", "kind": "live",
            "status": "running", "control": "active", "created_at": 1, "notes": 0, "retries": 0, "seq": 1,
        }))
        .expect("a run");
        let tagged = Filter { tag: Some("urgent".into()), ..Filter::default() };
        assert_eq!((tagged.takes(&run), tagged.doubts(&run)), (false, true));
        let other = Filter { statuses: vec![RunStatus::Failed], ..tagged };
        assert_eq!((other.takes(&run), other.doubts(&run)), (false, false), "it does not fit, whatever its tags are");
        assert_eq!((Filter::default().takes(&run), Filter::default().doubts(&run)), (true, false));
        for unsure in [
            Filter { connection: Some(ConnectionId(9)), ..Filter::default() },
            Filter { shape: Some("no <n>".into()), ..Filter::default() },
        ] {
            assert!(unsure.doubts(&run));
        }
    }

    #[test]
    fn an_address_reads_back() {
        let filter = Filter {
            statuses: vec![RunStatus::Failed, RunStatus::Waiting],
            hold: Some(Hold::Connection),
            workflow: Some(WorkflowId(7)),
            version: Some(3),
            connection: Some(ConnectionId(9)),
            error_class: Some(ErrorClass::TimedOut),
            longer_s: Some(30),
            kind: Kind::All,
            range: Range::Week,
            ended: Some(Ended { since: 5, until: 9 }),
            // Ids of parts of a definition and people's words are encoded by the browser.
            tag: None,
            trigger: None,
            step: None,
            shape: None,
            q: None,
            bulk: Some(JobId(11)),
            grouped: true,
            filtered: true,
        };
        let address = filter.address();
        let pairs: Vec<(&str, &str)> = address[1..].split('&').filter_map(|pair| pair.split_once('=')).collect();
        let read = Filter::read(|key| pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| *value));
        assert_eq!(read, filter);
        assert_eq!(Filter::default().address(), "");
        assert_eq!((read.further(), Filter::default().further()), (5, 0));
        let now = Timestamp(1);
        assert_eq!(read.shown(now), read.query(now), "statuses were asked for");
        let status = Filter::default().shown(now).status.unwrap_or_default();
        assert!(status.contains("failed") && !status.contains("filtered"), "{status}");
        assert_eq!(Filter { filtered: true, ..Filter::default() }.shown(now), RunsQuery::default());
        for broken in ["5", "5-", "a-b", "5-9-9", ""] {
            assert_eq!(Ended::parse(broken), None);
        }
    }
}
