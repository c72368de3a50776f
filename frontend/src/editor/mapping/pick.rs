//! What is being chosen from the data: what was looked for, and which row is the next to be taken.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::{
    groups::{Group, collect},
    tree::Row,
    ways::inside,
};
use crate::editor::{
    sight::Sight,
    state::{Editor, Selected},
};

#[derive(Clone, Copy)]
pub struct Pick {
    editor: Editor,
    pub query: RwSignal<String>,
    /// The query is typed in the field itself.
    pub typed: RwSignal<bool>,
    pub active: RwSignal<usize>,
    /// A row inside of a list: which element is meant has not been said yet.
    pub asking: RwSignal<Option<Row>>,
    flipped: RwSignal<BTreeSet<String>>,
    pub groups: Memo<Vec<Group>>,
    rows: Memo<Vec<Row>>,
    /// Begins the ids of its rows.
    id: StoredValue<String>,
}

impl Pick {
    /// Of the data that what is `selected` can use.
    pub fn new(editor: Editor, sight: Sight, selected: Selected) -> Self {
        let (query, flipped) = (RwSignal::new(String::new()), RwSignal::new(BTreeSet::<String>::new()));
        let groups = Memo::new(move |_| {
            let asked = query.get();
            flipped.with(|flipped| collect(editor, sight, &selected, &asked, flipped))
        });
        let rows = Memo::new(move |_| groups.with(|groups| groups.iter().flat_map(|group| group.rows.clone()).collect()));
        let id = StoredValue::new(crate::ui::fresh_id("pick"));
        Pick {
            editor,
            query,
            typed: RwSignal::new(false),
            active: RwSignal::new(0),
            asking: RwSignal::new(None),
            flipped,
            groups,
            rows,
            id,
        }
    }

    /// Looks for what is typed in the field; none: nothing is.
    pub fn ask(self, typed: Option<&str>) {
        if typed.is_none() && !self.typed.try_get_untracked().unwrap_or(false) {
            return;
        }
        self.typed.try_set(typed.is_some());
        self.look_for(typed.unwrap_or_default());
    }

    pub fn look_for(self, query: &str) {
        self.asking.try_set(None);
        self.query.try_set(query.to_owned());
        self.active.try_set(0);
    }

    /// On to another row.
    pub fn step(self, by: isize) {
        let last = self.rows.with_untracked(Vec::len).saturating_sub(1);
        self.active.update(|at| *at = at.saturating_add_signed(by).min(last));
    }

    /// The row that would be taken.
    pub fn row(self) -> Option<Row> {
        let at = self.active.get_untracked();
        self.rows.with_untracked(|rows| rows.get(at.min(rows.len().saturating_sub(1))).cloned())
    }

    /// Takes a row: what it puts into a field, or nothing where it has to be asked first which element of a list is meant.
    pub fn take(self, row: &Row) -> Option<String> {
        if inside(row).is_some() {
            self.asking.set(Some(row.clone()));
            return None;
        }
        Some(self.text_of(row))
    }

    pub fn text_of(self, row: &Row) -> String {
        self.editor.names.with_untracked(|names| row.text(names))
    }

    /// Opens or closes a row that has others in it.
    pub fn flip(self, key: String) {
        self.flipped.update(|flipped| {
            if !flipped.remove(&key) {
                flipped.insert(key);
            }
        });
    }

    /// The id of the element of the row that would be taken.
    pub fn row_id(self) -> Option<String> {
        let (at, count) = (self.active.get(), self.rows.with(Vec::len));
        (count > 0).then(|| self.id_of(at.min(count - 1)))
    }

    pub fn id_of(self, at: usize) -> String {
        self.id.with_value(|id| format!("{id}-{at}"))
    }
}
