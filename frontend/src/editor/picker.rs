//! The picker of steps and triggers: search, arrow keys, the recent ones first, apps one level down.

use leptos::prelude::*;
use model::definition::EditOp;

use super::{
    palette::{Of, Palette, Row, Section},
    state::{Editor, Picking, Selected, use_editor},
    steps::fresh,
};
use crate::{
    commands::{
        Mark,
        recent::{self, Used},
    },
    connectors,
    text::editor as t,
    ui::{Finder, FinderRow, FinderSection},
};

fn choose(editor: Editor, id: &str) {
    let note = |used| editor.person.with_value(|person| recent::note(used, person, id));
    match editor.picking.get_untracked() {
        Some(Picking::Step(slot)) => {
            note(Used::Steps);
            editor.picking.set(None);
            editor.insert(id, slot);
            crate::canvas::focus_selected();
        }
        Some(Picking::Trigger) => {
            note(Used::Triggers);
            editor.picking.set(None);
            add_trigger(editor, id);
            crate::canvas::focus_selected();
        }
        None => {}
    }
}

/// Adds a trigger of the chosen kind and opens it.
pub fn add_trigger(editor: Editor, id: &str) {
    let made = editor.def.with_untracked(|def| fresh::trigger(id, def).map(|trigger| (def.triggers.len(), trigger)));
    if let Some((index, trigger)) = made {
        let id = trigger.id.clone();
        if editor.edit(EditOp::AddTrigger { index, trigger }) {
            editor.inspect(Selected::Trigger(id));
        }
    }
}

#[component]
pub fn Picker() -> impl IntoView {
    let editor = use_editor();
    let open = Memo::new(move |_| editor.picking.get());
    move || open.get().map(|picking| view! { <Opened picking/> })
}

#[component]
fn Opened(picking: Picking) -> impl IntoView {
    let editor = use_editor();
    let query = RwSignal::new(String::new());
    // The app whose choices are looked at.
    let app = RwSignal::new(None::<(&'static str, &'static str)>);
    let triggers = picking == Picking::Trigger;
    let (of, used) = if triggers { (Of::Triggers, Used::Triggers) } else { (Of::Steps, Used::Steps) };
    let used = editor.person.with_value(|person| recent::read(used, person));
    let all = StoredValue::new_local(Palette::new(of));
    let sections = Signal::derive_local(move || {
        let (query, app) = (query.get(), app.get().map(|(id, _)| id));
        let found = all.with_value(|all| all.sections(&query, app, &used));
        found.into_iter().map(|section| drawn(section, app.is_some(), triggers)).collect::<Vec<_>>()
    });
    let open_app = move |new: Option<(&'static str, &'static str)>| {
        query.set(String::new());
        app.set(new);
    };
    let take = Callback::new(move |row: FinderRow| match connectors::find(&row.id).filter(|_| row.opens) {
        Some(connector) => open_app(Some((&connector.id, &connector.name))),
        None => choose(editor, &row.id),
    });
    let close = Callback::new(move |()| {
        // Choosing has closed it already, and may have opened something else.
        if editor.picking.try_get_untracked().flatten().is_some() {
            editor.picking.set(None);
            crate::canvas::focus_selected();
        }
    });
    let title = if triggers { t::ADD_TRIGGER } else { t::ADD_STEP };
    let placeholder = Signal::derive(move || match app.get() {
        Some((_, name)) => t::search_in(name),
        None => (if triggers { t::SEARCH_TRIGGERS } else { t::SEARCH_STEPS }).to_owned(),
    });
    let within = Signal::derive(move || app.get().map(|(_, name)| (name.to_owned(), t::leave_app(name))));
    view! {
        <Finder
            title
            placeholder
            query
            sections
            on_take=take
            on_close=close
            nothing=t::NO_SUCH_STEP
            foot=t::PICKER_KEYS
            testid="picker"
            within
            on_out=Callback::new(move |()| open_app(None))
        />
    }
}

fn drawn(section: Section, in_app: bool, triggers: bool) -> FinderSection {
    let row = |row: Row| match row {
        Row::Choice(choice) => FinderRow {
            mark: Mark::Kind(choice.id.split('.').next().unwrap_or_default().to_owned()),
            id: choice.id,
            label: if in_app { choice.short } else { choice.label },
            about: choice.help,
            shown: "",
            opens: false,
        },
        Row::App { id, name, count } => FinderRow {
            id: id.to_owned(),
            label: name.to_owned(),
            about: if triggers { t::trigger_count(count) } else { t::action_count(count) },
            mark: Mark::Kind(id.to_owned()),
            shown: "",
            opens: true,
        },
    };
    FinderSection {
        grid: section.title == t::GROUP_APPS,
        title: section.title,
        rows: section.rows.into_iter().map(row).collect(),
    }
}
