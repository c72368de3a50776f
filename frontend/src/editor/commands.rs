//! What an open workflow offers to keys, menus and the palette.

use leptos::{ev, prelude::*};
use leptos_router::hooks::use_navigate;
use model::Role;

use super::{
    folds,
    state::{Editor, Picking, Selected},
    steps::kind_name,
    testing,
};
use crate::{
    commands::{Act, Command, Entry, Group, Mark, Place, keys, table, use_commands},
    session::{Session, use_session},
    text::{commands as t, editor as te},
};

/// Offers the commands of the editor as long as it is open.
pub fn offer(editor: Editor) {
    let (commands, session) = (use_commands(), use_session());
    let navigate = StoredValue::new_local(use_navigate());
    let run = move |command: Command| match command {
        Command::Undo => editor.undo(),
        Command::Redo => editor.redo(),
        Command::TestAll => testing::test(editor, None),
        Command::Publish => editor.publishing.set(true),
        Command::Settings => editor.settings_open.set(true),
        Command::Versions => editor.versions_open.set(true),
        Command::Figures => {
            navigate.try_with_value(|go| go(&format!("/?workflow={}", editor.id), Default::default()));
        }
        Command::AddTrigger => editor.picking.set(Some(Picking::Trigger)),
        Command::Shelf => editor.shelf_open.update(|open| *open = !*open),
        Command::Outline => editor.outline_open.update(|open| *open = !*open),
        Command::FoldAll => folds::all(editor),
        Command::UnfoldAll => folds::none(editor),
        _ => {}
    };
    commands.offer(move |command| untrack(|| can(editor, session, command)), run);
    commands.rows(move || untrack(|| steps(editor)));
    let listener = window_event_listener(ev::keydown, move |event| {
        if keys::is_typing(&event) || event.default_prevented() || keys::in_dialog() {
            return;
        }
        if keys::command(&event, &[Place::Editor]).is_some_and(|command| commands.run(command)) {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

fn can(editor: Editor, session: Session, command: Command) -> bool {
    let Some(spec) = table::spec(command).filter(|spec| spec.place == Place::Editor) else { return false };
    let role = if spec.role == Role::Maker { editor.may_edit.get() } else { session.may(spec.role) };
    role && match command {
        Command::Undo => editor.history.with(super::history::History::can_undo),
        Command::Redo => editor.history.with(super::history::History::can_redo),
        Command::TestAll => {
            editor.def.with(|def| !def.triggers.is_empty()) && !editor.tested.with(super::state::Tested::is_running)
        }
        Command::FoldAll => editor.def.with(|def| def.steps.values().any(|step| step.kind.bodies().next().is_some())),
        Command::UnfoldAll => editor.folds.with(|folds| !folds.is_empty()),
        _ => true,
    }
}

/// A row for every step and trigger, to go there.
fn steps(editor: Editor) -> Vec<Entry> {
    let row = |selected: Selected, label: &str, kind: String, about: String| Entry {
        id: format!("{}-{selected:?}", editor.id).replace(',', ""),
        label: t::jump_to(label),
        about,
        keywords: String::new(),
        mark: Mark::Kind(kind),
        shown: "",
        group: Group::Steps,
        act: Act::Call(Callback::new(move |()| {
            editor.select(Some(selected.clone()));
            crate::canvas::focus_selected();
        })),
    };
    editor.def.with(|def| {
        let triggers = def.triggers.iter().map(|trigger| {
            let kind = super::triggers::mark(&trigger.kind);
            row(Selected::Trigger(trigger.id.clone()), &trigger.label, kind, te::trigger_line(&trigger.kind))
        });
        let order = def.in_order();
        let steps = order
            .iter()
            .filter_map(|id| def.step(id).map(|step| (id, step)))
            .map(|(id, step)| row(Selected::Step(id.clone()), &step.label, kind_name(&step.kind), te::kind_line(&step.kind)));
        triggers.chain(steps).collect()
    })
}
