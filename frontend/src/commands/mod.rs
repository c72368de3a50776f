//! Everything that can be done by a key, a menu or the palette. [`table`] says what there is; whoever can do something offers it
//! while it is on the page.

mod entry;
mod general;
mod help;
pub mod keys;
mod palette;
mod places;
pub mod recent;
mod run;
pub mod table;

use std::rc::Rc;

use leptos::prelude::*;

pub use entry::{Act, Entry, Group, Mark};
pub use general::CommandLayer;
pub use table::{Command, Place};

/// What a part of the page can do.
#[derive(Clone)]
struct Offer {
    id: u32,
    can: Rc<dyn Fn(Command) -> bool>,
    run: Rc<dyn Fn(Command)>,
}

/// Rows for the palette that only a part of the page knows: the steps of the open workflow.
#[derive(Clone)]
struct Source {
    id: u32,
    entries: Rc<dyn Fn() -> Vec<Entry>>,
}

/// Found in the context of every page.
#[derive(Clone, Copy)]
pub struct Commands {
    /// The palette is open.
    pub open: RwSignal<bool>,
    /// The sheet of keys is open.
    pub helping: RwSignal<bool>,
    next: StoredValue<u32>,
    offers: StoredValue<Vec<Offer>, LocalStorage>,
    sources: StoredValue<Vec<Source>, LocalStorage>,
}

impl Commands {
    fn new() -> Self {
        Commands {
            open: RwSignal::new(false),
            helping: RwSignal::new(false),
            next: StoredValue::new(0),
            offers: StoredValue::new_local(Vec::new()),
            sources: StoredValue::new_local(Vec::new()),
        }
    }

    fn fresh(self) -> u32 {
        self.next.update_value(|next| *next = next.wrapping_add(1));
        self.next.get_value()
    }

    /// Offers commands as long as the reactive owner of the caller lives. What was offered last is asked first.
    pub fn offer(self, can: impl Fn(Command) -> bool + 'static, run: impl Fn(Command) + 'static) {
        let id = self.fresh();
        self.offers.update_value(|offers| offers.insert(0, Offer { id, can: Rc::new(can), run: Rc::new(run) }));
        on_cleanup(move || {
            self.offers.try_update_value(|offers| offers.retain(|offer| offer.id != id));
        });
    }

    /// Adds rows to the palette, read whenever it opens.
    pub fn rows(self, entries: impl Fn() -> Vec<Entry> + 'static) {
        let id = self.fresh();
        self.sources.update_value(|sources| sources.push(Source { id, entries: Rc::new(entries) }));
        on_cleanup(move || {
            self.sources.try_update_value(|sources| sources.retain(|source| source.id != id));
        });
    }

    pub fn can(self, command: Command) -> bool {
        self.who(command).is_some()
    }

    /// Carries a command out. False when nothing on the page can.
    pub fn run(self, command: Command) -> bool {
        // Not under the borrow: a command may take away what offers it.
        let offer = self.who(command);
        if let Some(offer) = &offer {
            (offer.run)(command);
        }
        offer.is_some()
    }

    fn who(self, command: Command) -> Option<Offer> {
        let offers = self.offers.try_get_value()?;
        offers.into_iter().find(|offer| (offer.can)(command))
    }

    fn entries(self) -> Vec<Entry> {
        let sources = self.sources.try_get_value().unwrap_or_default();
        sources.iter().flat_map(|source| (source.entries)()).collect()
    }
}

pub fn use_commands() -> Commands {
    expect_context()
}

pub fn provide_commands() -> Commands {
    let commands = Commands::new();
    provide_context(commands);
    commands
}
