//! What the picker offers: kinds of step or trigger, and what connectors can do. Apps stand as one row each until somebody opens one
//! or searches.

use manifest::Connector;

use super::{
    fuzzy,
    steps::fresh::{self, Choice},
};
use crate::{connectors, text::editor as t};

/// Hits of a search that are shown.
const MOST: usize = 60;

#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    Choice(Choice),
    /// A connector, and how many choices it has.
    App {
        id: &'static str,
        name: &'static str,
        count: usize,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    pub title: String,
    pub rows: Vec<Row>,
}

/// What is chosen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Steps,
    Triggers,
}

impl Of {
    fn choices(self) -> Vec<Choice> {
        match self {
            Of::Steps => fresh::choices(),
            Of::Triggers => fresh::triggers(),
        }
    }

    fn groups(self) -> Vec<&'static str> {
        match self {
            Of::Steps => t::KINDS.iter().map(|(group, _)| *group).collect(),
            Of::Triggers => vec![t::GROUP_TRIGGERS],
        }
    }

    fn count(self, connector: &Connector) -> usize {
        match self {
            Of::Steps => connector.operations.iter().filter(|one| one.deprecated.is_none()).count(),
            Of::Triggers => connector.triggers.iter().filter(|one| one.deprecated.is_none()).count(),
        }
    }
}

/// The rows for a search, within one connector where one is open.
pub fn sections(of: Of, query: &str, app: Option<&str>, recent: &[String]) -> Vec<Section> {
    let all = of.choices();
    if let Some(app) = app {
        let own: Vec<Choice> = all.into_iter().filter(|choice| choice.app == Some(app)).collect();
        return vec![Section { title: String::new(), rows: ranked(own, query, |choice| &choice.short) }];
    }
    if !query.trim().is_empty() {
        let mut rows: Vec<(i32, Row)> = apps(of)
            .filter_map(|connector| {
                Some((fuzzy::score(query, &connector.name).filter(|points| *points > 900)? + 600, app_row(of, connector)))
            })
            .collect();
        rows.extend(scored(all, query, |choice| &choice.label));
        rows.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
        return vec![Section { title: String::new(), rows: rows.into_iter().take(MOST).map(|(_, row)| row).collect() }];
    }
    let of_group = |group: &str| {
        all.iter().filter(|choice| choice.app.is_none() && choice.group == group).cloned().map(Row::Choice).collect()
    };
    let used: Vec<Row> =
        recent.iter().filter_map(|id| all.iter().find(|choice| &choice.id == id).cloned()).map(Row::Choice).collect();
    let mut sections = vec![Section { title: t::GROUP_RECENT.into(), rows: used }];
    if of == Of::Steps {
        sections.push(Section { title: t::GROUP_ACTIONS.into(), rows: of_group(t::GROUP_ACTIONS) });
    }
    let apps = Section { title: t::GROUP_APPS.into(), rows: apps(of).map(|connector| app_row(of, connector)).collect() };
    let kinds = of.groups().into_iter().map(|group| Section { title: group.into(), rows: of_group(group) });
    match of {
        Of::Steps => {
            sections.push(apps);
            sections.extend(kinds);
        }
        // What needs no account first.
        Of::Triggers => {
            sections.extend(kinds);
            sections.push(apps);
        }
    }
    sections.retain(|section| !section.rows.is_empty());
    sections
}

/// Connectors with something to offer, by name.
fn apps(of: Of) -> impl Iterator<Item = &'static Connector> {
    let mut apps: Vec<_> =
        connectors::all().iter().filter(|connector| connector.id != fresh::HTTP && of.count(connector) > 0).collect();
    apps.sort_by_key(|connector| connector.name.to_lowercase());
    apps.into_iter()
}

fn app_row(of: Of, connector: &'static Connector) -> Row {
    Row::App { id: &connector.id, name: &connector.name, count: of.count(connector) }
}

fn ranked(choices: Vec<Choice>, query: &str, text: fn(&Choice) -> &str) -> Vec<Row> {
    if query.trim().is_empty() {
        return choices.into_iter().map(Row::Choice).collect();
    }
    let mut found = scored(choices, query, text);
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    found.into_iter().map(|(_, row)| row).collect()
}

fn scored(choices: Vec<Choice>, query: &str, text: fn(&Choice) -> &str) -> Vec<(i32, Row)> {
    let wanted = query.trim().to_lowercase();
    let points = |choice: &Choice| {
        let by_label = fuzzy::score(query, text(choice)).map(|points| points + 500);
        let by_words = choice.keywords.to_lowercase().contains(&wanted).then_some(100);
        // Whole words of the description only: letters in order are found in any sentence.
        let by_help = choice.help.to_lowercase().contains(&wanted).then_some(60);
        by_label.max(by_words).max(by_help)
    };
    choices.into_iter().filter_map(|choice| Some((points(&choice)?, Row::Choice(choice)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(sections: &[Section]) -> Vec<String> {
        sections
            .iter()
            .flat_map(|section| &section.rows)
            .map(|row| match row {
                Row::Choice(choice) => choice.id.clone(),
                Row::App { id, .. } => format!("{id} ..."),
            })
            .collect()
    }

    #[test]
    fn recent_ones_come_first_and_apps_stand_as_one_row() {
        let recent = ["slack.send_message".to_owned(), "gone.nothing".to_owned()];
        let shown = sections(Of::Steps, "", None, &recent);
        let ids = ids(&shown);
        assert_eq!(shown[0].title, t::GROUP_RECENT);
        assert_eq!(&ids[..2], ["slack.send_message", "http.request"]);
        let others: Vec<_> = ids[1..].iter().filter(|id| id.contains('.') && !id.ends_with(" ...")).collect();
        assert_eq!(others, ["http.request"]);
        // Gmail needs a consent.
        assert!(ids.contains(&"gmail ...".to_owned()) && ids.contains(&"filter".to_owned()));
    }

    #[test]
    fn a_search_goes_over_every_operation() {
        let found = |query: &str| ids(&sections(Of::Steps, query, None, &[]));
        assert_eq!(found("filter")[0], "filter");
        assert_eq!(found("HTTP request")[0], "http.request");
        assert_eq!(found("slack")[0], "slack ...");
        assert_eq!(found("slack send mess")[0], "slack.send_message");
        assert!(found("slack").len() > 3 && found("e").len() <= MOST);
        assert!(found("qqqqzz").is_empty());
    }

    #[test]
    fn an_open_app_shows_its_own() {
        let own = ids(&sections(Of::Steps, "", Some("slack"), &[]));
        assert!(own.len() > 3 && own.iter().all(|id| id.starts_with("slack.")));
        assert_eq!(ids(&sections(Of::Steps, "send", Some("slack"), &[]))[0], "slack.send_message");
        let triggers = ids(&sections(Of::Triggers, "", Some("github"), &[]));
        assert!(triggers.contains(&"github.new_issue".to_owned()), "{triggers:?}");
    }

    #[test]
    fn triggers_begin_with_what_needs_no_account() {
        let shown = sections(Of::Triggers, "", None, &[]);
        assert_eq!(ids(&shown)[0], "webhook");
        assert_eq!(shown.last().map(|section| section.title.as_str()), Some(t::GROUP_APPS));
        assert!(!ids(&shown).contains(&"http ...".to_owned()));
        assert_eq!(ids(&sections(Of::Triggers, "new issue", None, &[]))[0], "github.new_issue");
    }
}
