//! What a mapped text is doing: plain or edited, with the data or a menu open beside it.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::editor::{
    mapping::{
        engine::{Field, Host},
        menu::At,
        origins::origin,
        pick::Pick,
        pill::{Shape, shapes},
    },
    sight::Sight,
    state::Editor,
};

/// Cheap to copy: everything in it is a signal.
#[derive(Clone, Copy)]
pub struct State {
    pub editor: Editor,
    pub sight: Sight,
    /// Of the data beside it; none where there is none to choose from.
    pub pick: Option<Pick>,
    pub root: NodeRef<html::Div>,
    /// The data is shown.
    pub open: RwSignal<bool>,
    /// It is being edited.
    pub live: RwSignal<bool>,
    pub menu: RwSignal<Option<At>>,
    /// What screen readers are told.
    pub said: RwSignal<String>,
    /// The pills as the editor knows them.
    pub drawn: StoredValue<Vec<Shape>>,
    field: StoredValue<Option<(Field, Host)>, LocalStorage>,
}

impl State {
    pub fn new(editor: Editor, sight: Sight, pick: Option<Pick>) -> Self {
        State {
            editor,
            sight,
            pick,
            root: NodeRef::new(),
            open: RwSignal::new(false),
            live: RwSignal::new(false),
            menu: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            drawn: StoredValue::new(Vec::new()),
            field: StoredValue::new_local(None),
        }
    }

    /// Does something with the editor, where there is one.
    pub fn with_field(self, act: impl FnOnce(&Field)) {
        // Cloned: what is done may come back here.
        if let Some(field) = self.field.try_with_value(|field| field.as_ref().map(|(field, _)| field.clone())).flatten() {
            act(&field);
        }
    }

    pub fn has_field(self) -> bool {
        self.field.with_value(Option::is_some)
    }

    /// An editor has taken the place of the plain text.
    pub fn came(self, field: Field, host: Host) {
        self.field.set_value(Some((field, host)));
        self.live.set(true);
    }

    /// Back to plain text.
    pub fn leave(self) {
        if let Some((field, host)) = self.field.try_update_value(Option::take).flatten() {
            if let Some(root) = self.root.try_get_untracked().flatten() {
                let _ = root.class_list().remove_1("edited");
            }
            field.destroy();
            drop(host);
        }
        self.live.try_set(false);
        self.open.try_set(false);
        self.menu.try_set(None);
        self.said.try_set(String::new());
        if let Some(pick) = self.pick {
            pick.ask(None);
            pick.asking.try_set(None);
        }
    }

    /// The pills of a text and what they are worth, tracked.
    pub fn worth(self, text: &str) -> Vec<Shape> {
        if !text.contains("{{") {
            return Vec::new();
        }
        let seen = self.sight.seen.get().0;
        self.editor.names.with(|names| shapes(text, &seen, names, &|source| origin(self.editor, &seen, source)))
    }

    /// Shows the data, with the focus in its search.
    pub fn search(self) {
        self.open.set(self.pick.is_some());
        self.menu.set(None);
        request_animation_frame(move || {
            if let Some(search) =
                self.root.try_get_untracked().flatten().and_then(|root| root.query_selector(".pick input").ok().flatten())
            {
                let _ = search.unchecked_into::<HtmlElement>().focus();
            }
        });
    }
}
