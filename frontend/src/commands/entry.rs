//! What the palette offers, and in which order.

use leptos::prelude::Callback;
use model::ids::WorkflowId;

use super::table::Command;
use crate::{
    fuzzy::{Wanted, lower},
    text::commands as t,
    ui::Glyph,
};

/// Rows that are drawn; the rest is found by typing.
const MOST: usize = 50;
/// Recent ones that stand on top while nothing is typed.
const RECENT: usize = 5;

/// The heading an entry stands under while nothing is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What was asked for by its id.
    Exact,
    /// What can be done on this page.
    Here,
    Steps,
    Workflows,
    Connections,
    Go,
    General,
}

impl Group {
    const ALL: [Group; 7] =
        [Group::Exact, Group::Here, Group::Go, Group::Workflows, Group::Connections, Group::General, Group::Steps];

    fn title(self) -> &'static str {
        match self {
            Group::Exact => t::GROUP_EXACT,
            Group::Here => t::GROUP_HERE,
            Group::Steps => t::GROUP_STEPS,
            Group::Workflows => t::GROUP_WORKFLOWS,
            Group::Connections => t::GROUP_CONNECTIONS,
            Group::Go => t::GROUP_GO,
            Group::General => t::GROUP_GENERAL,
        }
    }

    /// So many of them are shown while nothing is typed.
    fn few(self) -> usize {
        match self {
            Group::Steps => 0,
            Group::Workflows | Group::Connections => 5,
            _ => MOST,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    Glyph(Glyph),
    /// The tile of a step's kind or a connector.
    Kind(String),
}

#[derive(Debug, Clone)]
pub enum Act {
    Command(Command),
    /// A path of this instance.
    Go(String),
    /// A run of a workflow by hand.
    Start {
        workflow: WorkflowId,
        name: String,
        version: u32,
    },
    Call(Callback<()>),
}

#[derive(Debug, Clone)]
pub struct Entry {
    /// Stable, for the recent ones.
    pub id: String,
    pub label: String,
    pub about: String,
    /// More words it is found by.
    pub keywords: String,
    pub mark: Mark,
    /// Its key as it is shown.
    pub shown: &'static str,
    pub group: Group,
    pub act: Act,
}

impl Entry {
    fn points(&self, wanted: &Wanted, recent: &[String]) -> Option<i32> {
        if self.group == Group::Exact {
            return Some(i32::MAX);
        }
        let by_label = wanted.score(&lower(&self.label)).map(|points| points + 500);
        let by_words = wanted.within(&lower(&self.keywords)).map(|points| points + 100);
        let by_about = wanted.within(&lower(&self.about));
        let used = recent.iter().position(|id| id == &self.id).map_or(0, |at| 120 - 10 * i32::try_from(at.min(10)).unwrap_or(10));
        Some(by_label.max(by_words).max(by_about)? + used)
    }
}

/// A heading and the places of its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub title: &'static str,
    pub rows: Vec<usize>,
}

/// Which entries are shown for what is typed, in which order: recent ones first.
pub fn arrange(entries: &[Entry], query: &str, recent: &[String]) -> Vec<Shown> {
    let wanted = Wanted::new(query);
    if wanted.is_empty() {
        let used: Vec<usize> =
            recent.iter().filter_map(|id| entries.iter().position(|entry| &entry.id == id)).take(RECENT).collect();
        let of = |group: Group| {
            let all = entries.iter().enumerate().filter(move |(_, entry)| entry.group == group).map(|(at, _)| at);
            all.filter(|at| !used.contains(at)).take(group.few()).collect::<Vec<_>>()
        };
        let rest: Vec<Shown> = Group::ALL.into_iter().map(|group| Shown { title: group.title(), rows: of(group) }).collect();
        let mut shown = vec![Shown { title: t::GROUP_RECENT, rows: used }];
        shown.extend(rest);
        shown.retain(|one| !one.rows.is_empty());
        return shown;
    }
    let mut found: Vec<(i32, usize)> =
        entries.iter().enumerate().filter_map(|(at, entry)| Some((entry.points(&wanted, recent)?, at))).collect();
    found.sort_by_key(|(points, at)| (std::cmp::Reverse(*points), *at));
    let rows: Vec<usize> = found.into_iter().take(MOST).map(|(_, at)| at).collect();
    if rows.is_empty() { Vec::new() } else { vec![Shown { title: "", rows }] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, label: &str, group: Group) -> Entry {
        Entry {
            id: id.into(),
            label: label.into(),
            about: String::new(),
            keywords: String::new(),
            mark: Mark::Glyph(Glyph::Flow),
            shown: "",
            group,
            act: Act::Go("/".into()),
        }
    }

    fn ids(entries: &[Entry], query: &str, recent: &[&str]) -> Vec<String> {
        let recent: Vec<String> = recent.iter().map(|id| (*id).to_owned()).collect();
        arrange(entries, query, &recent).iter().flat_map(|one| &one.rows).map(|at| entries[*at].id.clone()).collect()
    }

    #[test]
    fn recent_ones_come_first_and_only_once() {
        let all = [
            entry("undo", "Undo", Group::Here),
            entry("runs", "Runs", Group::Go),
            entry("lead", "Lead to CRM", Group::Workflows),
            entry("step", "Send it", Group::Steps),
        ];
        assert_eq!(ids(&all, "", &["lead", "gone"]), ["lead", "undo", "runs"], "steps are found by typing");
        assert_eq!(ids(&all, "send", &[]), ["step"]);
        assert!(ids(&all, "zzzz", &[]).is_empty());
    }

    #[test]
    fn of_two_that_fit_alike_the_recent_one_wins_but_a_better_fit_wins_over_it() {
        let all = [
            entry("a", "Report A", Group::Workflows),
            entry("b", "Report B", Group::Workflows),
            entry("c", "My report", Group::Go),
        ];
        assert_eq!(ids(&all, "report", &["b"])[0], "b");
        assert_eq!(ids(&all, "my report", &["b"])[0], "c");
    }

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<Entry> = (0..3_000).map(|n| entry(&n.to_string(), &format!("Workflow {n}"), Group::Workflows)).collect();
        assert_eq!(ids(&many, "", &[]).len(), 5);
        assert_eq!(ids(&many, "work", &[]).len(), MOST);
    }
}
