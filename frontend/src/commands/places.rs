//! Rows of the palette that lead somewhere: workflows, connections, and what is named by its id.

use model::api::{Connection, WorkflowSummary};

use super::{
    entry::{Act, Entry, Group, Mark},
    table::{Command, TABLE},
};
use crate::{
    connectors,
    named::Named,
    text::{commands as t, status},
    ui::Glyph,
};

fn entry(id: String, label: String, group: Group, act: Act) -> Entry {
    Entry {
        id,
        label,
        about: String::new(),
        keywords: String::new(),
        mark: Mark::Glyph(Glyph::ArrowRight),
        shown: "",
        group,
        act,
    }
}

/// The commands that can be carried out now.
pub fn commands(can: impl Fn(Command) -> bool) -> Vec<Entry> {
    let group = |command: Command| match command {
        Command::GoDashboard
        | Command::GoWorkflows
        | Command::GoRuns
        | Command::GoEvents
        | Command::GoAlerts
        | Command::GoConnections
        | Command::GoApps
        | Command::GoSettings => Group::Go,
        Command::NewWorkflow
        | Command::FromTemplate
        | Command::Connect
        | Command::ThemeSystem
        | Command::ThemeLight
        | Command::ThemeDark
        | Command::SignOut
        | Command::Help => Group::General,
        _ => Group::Here,
    };
    let listed = TABLE.iter().filter(|spec| spec.listed && can(spec.command));
    listed
        .map(|spec| Entry {
            keywords: t::keywords(spec.command).to_owned(),
            mark: Mark::Glyph(spec.glyph),
            shown: spec.shown,
            ..entry(
                format!("{:?}", spec.command),
                t::label(spec.command).to_owned(),
                group(spec.command),
                Act::Command(spec.command),
            )
        })
        .collect()
}

pub fn workflow(workflow: &WorkflowSummary) -> Entry {
    let kind = workflow.triggers.first().cloned();
    Entry {
        about: t::workflow_is(status::workflow(workflow.state)),
        keywords: workflow.steps.join(" "),
        mark: kind.map_or(Mark::Glyph(Glyph::Flow), Mark::Kind),
        ..entry(workflow.id.to_string(), workflow.name.clone(), Group::Workflows, Act::Go(Named::Workflow(workflow.id).path()))
    }
}

pub fn connection(connection: &Connection) -> Entry {
    Entry {
        about: t::connection_to(&connectors::name_of(&connection.connector)),
        mark: Mark::Kind(connection.connector.clone()),
        ..entry(
            connection.id.to_string(),
            connection.label.clone(),
            Group::Connections,
            Act::Go(Named::Connection(connection.id).path()),
        )
    }
}

/// Where an id leads that somebody has typed or pasted.
pub fn by_id(query: &str) -> Option<Entry> {
    let text = query.trim();
    let named = Named::parse(text)?;
    let label = match named {
        Named::Run(_) => t::open_run(text),
        Named::Workflow(_) => t::open_workflow(text),
        Named::Connection(_) => t::open_connection(text),
    };
    Some(entry(text.to_owned(), label, Group::Exact, Act::Go(named.path())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_as_an_id_leads_there() {
        let run = model::ids::RunId(1_234_567).to_string();
        let found = by_id(&format!(" {run} ")).map(|entry| (entry.id, entry.group));
        assert_eq!(found, Some((run, Group::Exact)));
        assert!(by_id("lead to crm").is_none());
    }

    #[test]
    fn only_what_can_be_done_is_offered() {
        let offered = commands(|command| command == Command::Undo || command == Command::Up);
        assert_eq!(offered.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["Undo"], "arrows are no rows");
    }
}
