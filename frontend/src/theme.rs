//! Light, dark, or as the system says. `public/theme.js` sets it before the first paint; this keeps it while the page lives.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, prelude::Closure};

use crate::dom;

const KEY: &str = "patchbay-theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    System,
    Light,
    Dark,
}

impl Mode {
    pub const ALL: [Mode; 3] = [Mode::System, Mode::Light, Mode::Dark];

    fn name(self) -> &'static str {
        match self {
            Mode::System => "system",
            Mode::Light => "light",
            Mode::Dark => "dark",
        }
    }
}

/// What the person chose.
#[derive(Clone, Copy)]
pub struct Theme {
    mode: RwSignal<Mode>,
    system_dark: RwSignal<bool>,
}

impl Theme {
    pub fn mode(self) -> Mode {
        self.mode.get()
    }

    pub fn choose(self, mode: Mode) {
        dom::store(KEY, mode.name());
        self.mode.set(mode);
    }

    pub fn is_dark(self) -> bool {
        match self.mode.get() {
            Mode::System => self.system_dark.get(),
            Mode::Light => false,
            Mode::Dark => true,
        }
    }
}

pub fn use_theme() -> Theme {
    expect_context()
}

/// Reads the choice, follows the system, and marks the document.
pub fn provide_theme() {
    let kept = dom::stored(KEY);
    let mode = Mode::ALL.into_iter().find(|mode| kept.as_deref() == Some(mode.name())).unwrap_or(Mode::System);
    let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    let theme = Theme {
        mode: RwSignal::new(mode),
        system_dark: RwSignal::new(query.as_ref().is_some_and(web_sys::MediaQueryList::matches)),
    };
    if let Some(query) = query {
        let watched = query.clone();
        let changed = Closure::<dyn Fn()>::new(move || theme.system_dark.set(watched.matches()));
        // Lives as long as the page.
        query.set_onchange(Some(changed.into_js_value().unchecked_ref()));
    }
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", if theme.is_dark() { "dark" } else { "light" });
        }
    });
    provide_context(theme);
}
