//! The one table of commands: their icons, keys and where they apply. Menus, tooltips, the palette and the sheet of keys read it.

use model::Role;

use crate::ui::Glyph;

/// Something that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    Palette,
    Help,
    GoDashboard,
    GoWorkflows,
    GoRuns,
    GoEvents,
    GoAlerts,
    GoConnections,
    GoApps,
    GoSettings,
    NewWorkflow,
    FromTemplate,
    Connect,
    ThemeSystem,
    ThemeLight,
    ThemeDark,
    SignOut,
    TestAll,
    Publish,
    Settings,
    Versions,
    Figures,
    Undo,
    Redo,
    AddTrigger,
    FoldAll,
    UnfoldAll,
    Fit,
    ActualSize,
    ZoomIn,
    ZoomOut,
    Add,
    Open,
    Test,
    Duplicate,
    SwitchOff,
    Delete,
    Copy,
    Cut,
    Paste,
    Wrap,
    Park,
    Shelf,
    Outline,
    AddNote,
    MoveUp,
    MoveDown,
    Mark,
    MarkUp,
    MarkDown,
    MarkAll,
    Up,
    Down,
    Left,
    Right,
    First,
    Last,
    Fold,
    Close,
}

/// Where a command's key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Everywhere,
    /// Anywhere in an open workflow.
    Editor,
    /// While the focus is on the canvas.
    Canvas,
}

/// What is held with a key. Cmd counts as Ctrl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Nothing at all.
    Bare,
    /// Neither Ctrl nor Alt: whether Shift is needed to type the sign is the keyboard's business.
    Sign,
    Ctrl,
    Shift,
    Alt,
}

impl Held {
    fn holds(self, pressed: Pressed) -> bool {
        let Pressed { ctrl, alt, shift, .. } = pressed;
        match self {
            Held::Bare => !ctrl && !alt && !shift,
            Held::Sign => !ctrl && !alt,
            Held::Ctrl => ctrl && !alt,
            Held::Shift => shift && !ctrl && !alt,
            Held::Alt => alt && !ctrl && !shift,
        }
    }
}

pub struct Spec {
    pub command: Command,
    pub place: Place,
    pub glyph: Glyph,
    /// The key as it is shown: `Ctrl Z`; empty: none.
    pub shown: &'static str,
    held: Held,
    keys: &'static [&'static str],
    /// Offered by the palette.
    pub listed: bool,
    /// The least role it needs.
    pub role: Role,
}

const fn plain(command: Command, place: Place, glyph: Glyph, role: Role) -> Spec {
    Spec { command, place, glyph, shown: "", held: Held::Bare, keys: &[], listed: true, role }
}

const fn keyed(spec: Spec, shown: &'static str, held: Held, keys: &'static [&'static str]) -> Spec {
    Spec { shown, held, keys, ..spec }
}

/// Makes sense by its key only.
const fn quiet(spec: Spec) -> Spec {
    Spec { listed: false, ..spec }
}

use Command as C;
use Held::{Alt, Bare, Ctrl, Shift, Sign};
use Place::{Canvas, Editor, Everywhere};
use Role::{Maker, Operator, Owner, Viewer};

pub static TABLE: &[Spec] = &[
    quiet(keyed(plain(C::Palette, Everywhere, Glyph::Search, Viewer), "Ctrl K", Ctrl, &["k", "K"])),
    keyed(plain(C::Help, Everywhere, Glyph::Question, Viewer), "?", Sign, &["?"]),
    plain(C::GoDashboard, Everywhere, Glyph::Chart, Viewer),
    plain(C::GoWorkflows, Everywhere, Glyph::Flow, Viewer),
    plain(C::GoRuns, Everywhere, Glyph::List, Viewer),
    plain(C::GoEvents, Everywhere, Glyph::Inbox, Viewer),
    plain(C::GoAlerts, Everywhere, Glyph::Siren, Viewer),
    plain(C::GoConnections, Everywhere, Glyph::Plug, Viewer),
    plain(C::GoSettings, Everywhere, Glyph::Settings, Viewer),
    plain(C::GoApps, Everywhere, Glyph::Key, Owner),
    plain(C::NewWorkflow, Everywhere, Glyph::Plus, Maker),
    plain(C::FromTemplate, Everywhere, Glyph::Sparkles, Maker),
    plain(C::Connect, Everywhere, Glyph::Plug, Maker),
    plain(C::ThemeSystem, Everywhere, Glyph::Monitor, Viewer),
    plain(C::ThemeLight, Everywhere, Glyph::Sun, Viewer),
    plain(C::ThemeDark, Everywhere, Glyph::Moon, Viewer),
    plain(C::SignOut, Everywhere, Glyph::SignOut, Viewer),
    plain(C::TestAll, Editor, Glyph::Play, Maker),
    plain(C::Publish, Editor, Glyph::Upload, Operator),
    keyed(plain(C::Undo, Editor, Glyph::Undo, Maker), "Ctrl Z", Ctrl, &["z"]),
    keyed(plain(C::Redo, Editor, Glyph::Redo, Maker), "Ctrl Shift Z", Ctrl, &["Z", "y"]),
    plain(C::AddTrigger, Editor, Glyph::Bolt, Maker),
    plain(C::Settings, Editor, Glyph::Settings, Viewer),
    plain(C::Figures, Editor, Glyph::Chart, Viewer),
    plain(C::Versions, Editor, Glyph::Clock, Viewer),
    plain(C::Shelf, Editor, Glyph::Archive, Viewer),
    plain(C::Outline, Editor, Glyph::List, Viewer),
    plain(C::FoldAll, Editor, Glyph::ChevronUp, Viewer),
    plain(C::UnfoldAll, Editor, Glyph::ChevronDown, Viewer),
    keyed(plain(C::Add, Canvas, Glyph::Plus, Maker), "A", Sign, &["a", "A", "+"]),
    quiet(keyed(plain(C::Open, Canvas, Glyph::Edit, Viewer), "Enter", Bare, &["Enter"])),
    keyed(plain(C::Test, Canvas, Glyph::Play, Maker), "T", Sign, &["t", "T"]),
    keyed(plain(C::Duplicate, Canvas, Glyph::Layers, Maker), "Ctrl D", Ctrl, &["d", "D"]),
    keyed(plain(C::SwitchOff, Canvas, Glyph::Power, Maker), "X", Sign, &["x", "X"]),
    keyed(plain(C::Delete, Canvas, Glyph::Trash, Maker), "Del", Bare, &["Delete", "Backspace"]),
    keyed(plain(C::Copy, Canvas, Glyph::Copy, Viewer), "Ctrl C", Ctrl, &[]),
    keyed(plain(C::Cut, Canvas, Glyph::Scissors, Maker), "Ctrl X", Ctrl, &[]),
    keyed(plain(C::Paste, Canvas, Glyph::Clipboard, Maker), "Ctrl V", Ctrl, &[]),
    keyed(plain(C::Wrap, Canvas, Glyph::Shield, Maker), "G", Sign, &["g", "G"]),
    keyed(plain(C::Park, Canvas, Glyph::Archive, Maker), "P", Sign, &["p", "P"]),
    keyed(plain(C::AddNote, Canvas, Glyph::Note, Maker), "N", Sign, &["n", "N"]),
    keyed(plain(C::MoveUp, Canvas, Glyph::ChevronUp, Maker), "Alt ↑", Alt, &["ArrowUp"]),
    keyed(plain(C::MoveDown, Canvas, Glyph::ChevronDown, Maker), "Alt ↓", Alt, &["ArrowDown"]),
    keyed(plain(C::MarkAll, Canvas, Glyph::Check, Viewer), "Ctrl A", Ctrl, &["a", "A"]),
    quiet(keyed(plain(C::Mark, Canvas, Glyph::Check, Viewer), "Shift Space", Shift, &[" "])),
    quiet(keyed(plain(C::MarkUp, Canvas, Glyph::ChevronUp, Viewer), "Shift ↑", Shift, &["ArrowUp"])),
    quiet(keyed(plain(C::MarkDown, Canvas, Glyph::ChevronDown, Viewer), "Shift ↓", Shift, &["ArrowDown"])),
    quiet(keyed(plain(C::Up, Canvas, Glyph::ChevronUp, Viewer), "↑", Bare, &["ArrowUp"])),
    quiet(keyed(plain(C::Down, Canvas, Glyph::ChevronDown, Viewer), "↓", Bare, &["ArrowDown"])),
    quiet(keyed(plain(C::Left, Canvas, Glyph::ArrowLeft, Viewer), "←", Bare, &["ArrowLeft"])),
    quiet(keyed(plain(C::Right, Canvas, Glyph::ArrowRight, Viewer), "→", Bare, &["ArrowRight"])),
    quiet(keyed(plain(C::First, Canvas, Glyph::ChevronUp, Viewer), "Home", Bare, &["Home"])),
    quiet(keyed(plain(C::Last, Canvas, Glyph::ChevronDown, Viewer), "End", Bare, &["End"])),
    keyed(plain(C::Fold, Canvas, Glyph::ChevronUp, Viewer), "Space", Bare, &[" "]),
    keyed(plain(C::Fit, Canvas, Glyph::Maximize, Viewer), "F", Sign, &["f", "F"]),
    keyed(plain(C::ActualSize, Canvas, Glyph::Search, Viewer), "0", Sign, &["0"]),
    keyed(plain(C::ZoomIn, Canvas, Glyph::Plus, Viewer), "=", Sign, &["="]),
    keyed(plain(C::ZoomOut, Canvas, Glyph::Minus, Viewer), "-", Sign, &["-"]),
    quiet(keyed(plain(C::Close, Canvas, Glyph::Close, Viewer), "Esc", Bare, &["Escape"])),
];

pub fn spec(command: Command) -> Option<&'static Spec> {
    TABLE.iter().find(|spec| spec.command == command)
}

/// The icon of a command.
pub fn glyph(command: Command) -> Glyph {
    spec(command).map_or(Glyph::Bolt, |spec| spec.glyph)
}

/// A key with what is held.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pressed<'a> {
    pub key: &'a str,
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

/// What a key means in these places.
pub fn meant(pressed: Pressed, places: &[Place]) -> Option<Command> {
    let fits = |spec: &&Spec| places.contains(&spec.place) && spec.held.holds(pressed) && spec.keys.contains(&pressed.key);
    TABLE.iter().find(fits).map(|spec| spec.command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str) -> Pressed<'_> {
        Pressed { key, ..Pressed::default() }
    }

    #[test]
    fn every_command_stands_once_and_has_words() {
        for (at, spec) in TABLE.iter().enumerate() {
            assert!(TABLE[..at].iter().all(|other| other.command != spec.command), "{:?} twice", spec.command);
            assert!(!crate::text::commands::label(spec.command).is_empty(), "{:?}", spec.command);
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let all = (0..8_u8).map(|held| Pressed { ctrl: held & 1 > 0, alt: held & 2 > 0, shift: held & 4 > 0, ..press("") });
        let overlap = |one: Held, other: Held| all.clone().any(|held| one.holds(held) && other.holds(held));
        assert!(overlap(Sign, Shift) && overlap(Bare, Sign) && !overlap(Bare, Shift) && !overlap(Sign, Ctrl));
        for (at, spec) in TABLE.iter().enumerate() {
            for other in &TABLE[..at] {
                let meet = spec.place == other.place || spec.place == Place::Everywhere || other.place == Place::Everywhere;
                let same = spec.keys.iter().any(|key| other.keys.contains(key)) && overlap(spec.held, other.held);
                assert!(!(meet && same), "{:?} and {:?}", spec.command, other.command);
            }
        }
    }

    #[test]
    fn keys_mean_what_is_held_with_them() {
        let all = [Place::Canvas, Place::Editor, Place::Everywhere];
        assert_eq!(meant(press("a"), &all), Some(C::Add));
        assert_eq!(meant(Pressed { key: "+", shift: true, ..press("") }, &all), Some(C::Add));
        assert_eq!(meant(Pressed { ctrl: true, ..press("a") }, &[Place::Editor]), None);
        assert_eq!(meant(Pressed { ctrl: true, ..press("a") }, &all), Some(C::MarkAll));
        assert_eq!(meant(Pressed { ctrl: true, ..press("k") }, &all), Some(C::Palette));
        assert_eq!(meant(Pressed { ctrl: true, shift: true, ..press("Z") }, &all), Some(C::Redo));
        assert_eq!(meant(Pressed { alt: true, ..press("t") }, &all), None);
        assert_eq!(meant(press("ArrowUp"), &all), Some(C::Up));
        assert_eq!(meant(Pressed { alt: true, ..press("ArrowUp") }, &all), Some(C::MoveUp));
        assert_eq!(meant(Pressed { shift: true, ..press("ArrowUp") }, &all), Some(C::MarkUp));
        assert_eq!(meant(press("t"), &[Place::Everywhere]), None, "only on the canvas");
    }
}
