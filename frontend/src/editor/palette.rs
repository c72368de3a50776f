//! What the picker offers: kinds of step or trigger, and what connectors can do. Apps stand as one row each until somebody opens one
//! or searches.

use manifest::Connector;

use super::steps::fresh::{self, Choice};
use crate::{
    connectors,
    fuzzy::{Wanted, lower},
    text::editor as t,
};

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

/// A choice with its texts as they are searched.
struct Listed {
    choice: Choice,
    label: String,
    short: String,
    words: String,
    help: String,
}

/// Everything that can be chosen, prepared once for as many searches as somebody types.
pub struct Palette {
    of: Of,
    all: Vec<Listed>,
}

impl Palette {
    pub fn new(of: Of) -> Self {
        Palette::with(of, of.choices())
    }

    fn with(of: Of, choices: Vec<Choice>) -> Self {
        let listed = |choice: Choice| Listed {
            label: lower(&choice.label),
            short: lower(&choice.short),
            words: lower(choice.keywords),
            help: lower(&choice.help),
            choice,
        };
        Palette { of, all: choices.into_iter().map(listed).collect() }
    }

    /// The rows for a search, within one connector where one is open.
    pub fn sections(&self, query: &str, app: Option<&str>, recent: &[String]) -> Vec<Section> {
        let wanted = Wanted::new(query);
        if let Some(app) = app {
            let own = self.all.iter().filter(|listed| listed.choice.app == Some(app));
            let rows = if wanted.is_empty() {
                own.map(|listed| Row::Choice(listed.choice.clone())).collect()
            } else {
                best(own.filter_map(|listed| Some((points(&wanted, listed, &listed.short)?, Hit::Choice(listed)))).collect())
            };
            return vec![Section { title: String::new(), rows }];
        }
        if wanted.is_empty() {
            return self.all_sections(recent);
        }
        let apps = apps(self.of).filter_map(|connector| {
            let points = wanted.score(&lower(&connector.name)).filter(|points| *points > 900)?;
            Some((points + 600, Hit::App(connector, self.of)))
        });
        let used = |choice: &Choice| recent.iter().position(|id| id == &choice.id).map_or(0, |at| 60 - 10 * at.min(5) as i32);
        let choices = self
            .all
            .iter()
            .filter_map(|listed| Some((points(&wanted, listed, &listed.label)? + used(&listed.choice), Hit::Choice(listed))));
        vec![Section { title: String::new(), rows: best(apps.chain(choices).collect()) }]
    }

    fn all_sections(&self, recent: &[String]) -> Vec<Section> {
        let of = self.of;
        let choices = || self.all.iter().map(|listed| &listed.choice);
        let of_group = |group: &str| {
            choices().filter(|choice| choice.app.is_none() && choice.group == group).cloned().map(Row::Choice).collect()
        };
        let used: Vec<Row> =
            recent.iter().filter_map(|id| choices().find(|choice| &choice.id == id).cloned()).map(Row::Choice).collect();
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
}

/// Made into a row only where it is shown.
enum Hit<'a> {
    Choice(&'a Listed),
    App(&'static Connector, Of),
}

/// The best of what was found, best first.
fn best(mut found: Vec<(i32, Hit<'_>)>) -> Vec<Row> {
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    let rows = found.into_iter().take(MOST).map(|(_, hit)| match hit {
        Hit::Choice(listed) => Row::Choice(listed.choice.clone()),
        Hit::App(connector, of) => app_row(of, connector),
    });
    rows.collect()
}

fn points(wanted: &Wanted, listed: &Listed, text: &str) -> Option<i32> {
    let by_label = wanted.score(text).map(|points| points + 500);
    let by_words = wanted.within(&listed.words).map(|points| points + 100);
    // Whole words of the description only: letters in order are found in any sentence.
    let by_help = wanted.within(&listed.help).map(|points| points + 60);
    by_label.max(by_words).max(by_help)
}

/// Connectors with something to offer, by name.
fn apps(of: Of) -> impl Iterator<Item = &'static Connector> {
    let mut apps: Vec<_> = connectors::all().iter().filter(|connector| is_app(of, connector)).collect();
    apps.sort_by_key(|connector| connector.name.to_lowercase());
    apps.into_iter()
}

/// Whether a connector stands as a row of its own, with its choices behind it.
fn is_app(of: Of, connector: &Connector) -> bool {
    connector.id != fresh::HTTP && of.count(connector) > 0
}

fn app_row(of: Of, connector: &'static Connector) -> Row {
    Row::App { id: &connector.id, name: &connector.name, count: of.count(connector) }
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
        let shown = Palette::new(Of::Steps).sections("", None, &recent);
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
        let found = |query: &str| ids(&Palette::new(Of::Steps).sections(query, None, &[]));
        assert_eq!(found("filter")[0], "filter");
        assert_eq!(found("HTTP request")[0], "http.request");
        assert_eq!(found("slack")[0], "slack ...");
        assert_eq!(found("slack send mess")[0], "slack.send_message");
        assert!(found("slack").len() > 3 && found("e").len() <= MOST);
        assert!(found("qqqqzz").is_empty());
    }

    #[test]
    fn an_open_app_shows_its_own() {
        let own = ids(&Palette::new(Of::Steps).sections("", Some("slack"), &[]));
        assert!(own.len() > 3 && own.iter().all(|id| id.starts_with("slack.")));
        assert_eq!(ids(&Palette::new(Of::Steps).sections("send", Some("slack"), &[]))[0], "slack.send_message");
        let triggers = ids(&Palette::new(Of::Triggers).sections("", Some("github"), &[]));
        assert!(triggers.contains(&"github.new_issue".to_owned()), "{triggers:?}");
    }

    #[test]
    fn triggers_begin_with_what_needs_no_account() {
        let shown = Palette::new(Of::Triggers).sections("", None, &[]);
        assert_eq!(ids(&shown)[0], "webhook");
        assert_eq!(shown.last().map(|section| section.title.as_str()), Some(t::GROUP_APPS));
        assert!(!ids(&shown).contains(&"http ...".to_owned()));
        assert_eq!(ids(&Palette::new(Of::Triggers).sections("new issue", None, &[]))[0], "github.new_issue");
    }

    /// Prints what a keystroke costs among 2,000 operations; speed is measured, not asserted.
    #[test]
    fn a_search_among_two_thousand_operations() {
        let known = Of::Steps.choices();
        let many: Vec<Choice> = (0..2_000)
            .map(|n| {
                let like = &known[n % known.len()];
                Choice { id: format!("app{n}.{n}"), label: format!("{} {n}", like.label), ..like.clone() }
            })
            .collect();
        let palette = Palette::with(Of::Steps, many);
        let mut slowest = std::time::Duration::ZERO;
        for query in ["s", "se", "sen", "send", "send m", "send message", "crt cntct", "zzzzzz"] {
            let begun = std::time::Instant::now();
            let found = palette.sections(query, None, &[]);
            slowest = slowest.max(begun.elapsed());
            assert!(found[0].rows.len() <= MOST);
        }
        assert!(ids(&palette.sections("send a message", None, &[])).len() > 1);
        println!("search among 2,000 operations: at most {} us a keystroke (not optimised)", slowest.as_micros());
    }
}
