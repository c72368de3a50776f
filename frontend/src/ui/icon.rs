//! Icons as data: a name and what is drawn in a box of 24 by 24, stroke 1.8.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The name of an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyph {
    Hook,
    Filter,
    Split,
    Clock,
    Calendar,
    Hourglass,
    Globe,
    Play,
    Check,
    Alert,
    Info,
    Question,
    Plus,
    Minus,
    Close,
    Search,
    More,
    Undo,
    Redo,
    Refresh,
    Replay,
    Sun,
    Moon,
    Monitor,
    ChevronUp,
    ChevronDown,
    ChevronRight,
    ArrowRight,
    ArrowLeft,
    Copy,
    Trash,
    Pause,
    Stop,
    Power,
    Bolt,
    List,
    Inbox,
    Key,
    Settings,
    Flow,
    Plug,
    Download,
    Upload,
    Edit,
    Lock,
    Shield,
    Eye,
    EyeOff,
    Hand,
    SignOut,
    Skip,
    Ban,
    Braces,
    Reply,
    Chat,
    Maximize,
    Sparkles,
    Loader,
    Dot,
    Ring,
    Send,
    Repeat,
    Person,
    Link,
    Layers,
    Code,
    Wand,
    Database,
    Table,
    Boxes,
    Siren,
    Columns,
    Chart,
    Scissors,
    Clipboard,
    Archive,
    Note,
    Pin,
    Tag,
    Select,
}

impl Glyph {
    /// What stands for a trigger's kind, a step's kind or a connector.
    pub fn of_kind(kind: &str) -> Self {
        match kind {
            "webhook" => Glyph::Hook,
            "schedule" => Glyph::Calendar,
            "manual" => Glyph::Hand,
            "form" => Glyph::Edit,
            "email" => Glyph::Send,
            "filter" => Glyph::Filter,
            "branch" => Glyph::Split,
            "delay" => Glyph::Hourglass,
            "set" => Glyph::Braces,
            "workflow" | "sub_workflow" => Glyph::Boxes,
            "failure" => Glyph::Siren,
            "for_each" | "loop" => Glyph::Repeat,
            "repeat_until" => Glyph::Refresh,
            "parallel" => Glyph::Columns,
            "wait" | "wait_callback" => Glyph::Link,
            "wait_approval" => Glyph::Person,
            "collect" => Glyph::Layers,
            "code" => Glyph::Code,
            "transform" => Glyph::Wand,
            "store" => Glyph::Database,
            "lookup" => Glyph::Table,
            "section" => Glyph::Shield,
            "break" => Glyph::Ban,
            "continue" => Glyph::Skip,
            "respond" => Glyph::Reply,
            "stop" => Glyph::Stop,
            "http" => Glyph::Globe,
            "app" => Glyph::Plug,
            _ => Glyph::Bolt,
        }
    }

    fn drawing(self) -> &'static str {
        match self {
            Glyph::Hook => {
                r##"<path d="M18 16.98h-5.99c-1.1 0-1.95.94-2.48 1.9A4 4 0 0 1 2 17c.01-.7.2-1.4.57-2"/><path d="m6 17 3.13-5.78c.53-.97.1-2.18-.5-3.1a4 4 0 1 1 6.89-4.06"/><path d="m12 6 3.13 5.73C15.66 12.7 16.9 13 18 13a4 4 0 0 1 0 8"/>"##
            }
            Glyph::Filter => r##"<path d="M3 6h18M7 12h10M10 18h4"/>"##,
            Glyph::Split => r##"<path d="M16 3h5v5M8 3H3v5"/><path d="M12 22v-8.3a4 4 0 0 0-1.17-2.87L3 3M15 9l6-6"/>"##,
            Glyph::Clock => r##"<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>"##,
            Glyph::Calendar => {
                r##"<rect x="3" y="4.5" width="18" height="16.5" rx="2.5"/><path d="M8 2.5v4M16 2.5v4M3 10h18"/>"##
            }
            Glyph::Hourglass => {
                r##"<path d="M6 3h12M6 21h12M7.5 3v3.5c0 2.5 4.5 4 4.5 5.5s-4.5 3-4.5 5.5V21M16.5 3v3.5c0 2.5-4.5 4-4.5 5.5s4.5 3 4.5 5.5V21"/>"##
            }
            Glyph::Globe => {
                r##"<circle cx="12" cy="12" r="9"/><path d="M3 12h18"/><path d="M12 3c2.5 2.6 3.8 5.6 3.8 9s-1.3 6.4-3.8 9c-2.5-2.6-3.8-5.6-3.8-9S9.5 5.6 12 3z"/>"##
            }
            Glyph::Play => {
                r##"<path d="M8 5.2v13.6a.6.6 0 0 0 .92.5l10.4-6.8a.6.6 0 0 0 0-1L8.92 4.7a.6.6 0 0 0-.92.5z" fill="currentColor"/>"##
            }
            Glyph::Check => r##"<path d="m5 12.5 4.5 4.5L19 7.5"/>"##,
            Glyph::Alert => {
                r##"<path d="M12 9v4M12 17h.01M10.3 3.9 2 18a2 2 0 0 0 1.7 3h16.6a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0z"/>"##
            }
            Glyph::Info => r##"<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 8h.01"/>"##,
            Glyph::Question => {
                r##"<circle cx="12" cy="12" r="9"/><path d="M9.3 9.2a2.75 2.75 0 0 1 5.35.9c0 1.85-2.65 2.4-2.65 4M12 17h.01"/>"##
            }
            Glyph::Plus => r##"<path d="M12 5v14M5 12h14"/>"##,
            Glyph::Minus => r##"<path d="M5 12h14"/>"##,
            Glyph::Close => r##"<path d="m6 6 12 12M18 6 6 18"/>"##,
            Glyph::Search => r##"<circle cx="11" cy="11" r="6.5"/><path d="m20 20-4.3-4.3"/>"##,
            Glyph::More => r##"<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="2.6"/>"##,
            Glyph::Undo => r##"<path d="M9 14 4 9l5-5"/><path d="M4 9h10a6 6 0 0 1 0 12h-3"/>"##,
            Glyph::Redo => r##"<path d="m15 14 5-5-5-5"/><path d="M20 9H10a6 6 0 0 0 0 12h3"/>"##,
            Glyph::Refresh => {
                r##"<path d="M20 11a8 8 0 0 0-14-4.5L4 9"/><path d="M4 4v5h5M4 13a8 8 0 0 0 14 4.5l2-2.5"/><path d="M20 20v-5h-5"/>"##
            }
            Glyph::Replay => {
                r##"<path d="M4 4v5h5"/><path d="M4.6 9A8 8 0 1 1 4 13.5"/><path d="M10.5 9.5v5l4-2.5z" fill="currentColor"/>"##
            }
            Glyph::Sun => {
                r##"<circle cx="12" cy="12" r="4"/><path d="M12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4"/>"##
            }
            Glyph::Moon => r##"<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>"##,
            Glyph::Monitor => r##"<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M8 20h8M12 16v4"/>"##,
            Glyph::ChevronUp => r##"<path d="m6 15 6-6 6 6"/>"##,
            Glyph::ChevronDown => r##"<path d="m6 9 6 6 6-6"/>"##,
            Glyph::ChevronRight => r##"<path d="m9 6 6 6-6 6"/>"##,
            Glyph::ArrowRight => r##"<path d="M4 12h16M14 6l6 6-6 6"/>"##,
            Glyph::ArrowLeft => r##"<path d="M20 12H4M10 6l-6 6 6 6"/>"##,
            Glyph::Copy => {
                r##"<rect x="9" y="9" width="12" height="12" rx="2.5"/><path d="M5.5 15H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v.5"/>"##
            }
            Glyph::Trash => {
                r##"<path d="M4 6.5h16M9 6.5V4.6A1.6 1.6 0 0 1 10.6 3h2.8A1.6 1.6 0 0 1 15 4.6v1.9M6 6.5l.9 12.6A2 2 0 0 0 8.9 21h6.2a2 2 0 0 0 2-1.9L18 6.5M10 11v5.5M14 11v5.5"/>"##
            }
            Glyph::Pause => {
                r##"<rect x="6" y="5" width="4" height="14" rx="1.2" fill="currentColor" stroke="none"/><rect x="14" y="5" width="4" height="14" rx="1.2" fill="currentColor" stroke="none"/>"##
            }
            Glyph::Stop => r##"<rect x="6" y="6" width="12" height="12" rx="2" fill="currentColor" stroke="none"/>"##,
            Glyph::Power => r##"<path d="M12 3v9"/><path d="M17.7 6.8a8 8 0 1 1-11.4 0"/>"##,
            Glyph::Bolt => r##"<path d="M13 2.5 4.5 13.5H11l-1 8 8.5-11H12z"/>"##,
            Glyph::List => r##"<path d="M3 6h18M3 12h12M3 18h7"/>"##,
            Glyph::Inbox => {
                r##"<path d="M3 13.5h5l1.5 3h5l1.5-3h5"/><path d="M5.8 5.2 3 13.5V18a2 2 0 0 0 2 2h14a2 2 0 0 0 2-2v-4.5l-2.8-8.3a2 2 0 0 0-1.9-1.2H7.7a2 2 0 0 0-1.9 1.2z"/>"##
            }
            Glyph::Key => r##"<circle cx="8" cy="15.5" r="4.5"/><path d="m11.3 12.2 8.2-8.2M16 7.5l3 3M19.5 4l1.5 1.5"/>"##,
            Glyph::Settings => {
                r##"<circle cx="12" cy="12" r="3"/><path d="M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1"/>"##
            }
            Glyph::Flow => {
                r##"<rect x="3" y="3" width="7" height="7" rx="2"/><rect x="14" y="14" width="7" height="7" rx="2"/><path d="M6.5 10v4a3 3 0 0 0 3 3H14"/>"##
            }
            Glyph::Plug => r##"<path d="M9 2v6M15 2v6M6 8h12v4a6 6 0 0 1-12 0zM12 18v4"/>"##,
            Glyph::Download => r##"<path d="M12 3.5v12M7 11l5 5 5-5M4 20.5h16"/>"##,
            Glyph::Upload => r##"<path d="M12 16V4M7 8.5l5-5 5 5M4 20.5h16"/>"##,
            Glyph::Edit => {
                r##"<path d="M4 20h4L19.5 8.5a2.1 2.1 0 0 0 0-3l-1-1a2.1 2.1 0 0 0-3 0L4 16z"/><path d="m14 6 4 4"/>"##
            }
            Glyph::Lock => r##"<rect x="5" y="11" width="14" height="10" rx="2.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"##,
            Glyph::Shield => {
                r##"<path d="M12 2.8 4.5 5.8v5.7c0 4.6 3.2 8 7.5 9.7 4.3-1.7 7.5-5.1 7.5-9.7V5.8z"/><path d="m9 12 2.2 2.2L15.5 10"/>"##
            }
            Glyph::Eye => r##"<path d="M2.5 12S6 5 12 5s9.5 7 9.5 7-3.5 7-9.5 7-9.5-7-9.5-7z"/><circle cx="12" cy="12" r="3"/>"##,
            Glyph::EyeOff => {
                r##"<path d="M9.9 5.2A9.3 9.3 0 0 1 12 5c6 0 9.5 7 9.5 7a16 16 0 0 1-2.8 3.6M6.3 6.8A15.5 15.5 0 0 0 2.5 12S6 19 12 19a9.4 9.4 0 0 0 5.2-1.6"/><path d="M9.9 9.9a3 3 0 0 0 4.2 4.2M3 3l18 18"/>"##
            }
            Glyph::Hand => {
                r##"<path d="M7 11V5.5a1.5 1.5 0 0 1 3 0V11M10 10.5v-6a1.5 1.5 0 0 1 3 0v6M13 10.5v-5a1.5 1.5 0 0 1 3 0V12M16 8.5a1.5 1.5 0 0 1 3 0V15a6.5 6.5 0 0 1-6.5 6.5h-1A6.5 6.5 0 0 1 6.2 18.6L3.6 14a1.6 1.6 0 0 1 2.7-1.6L7 13.5"/>"##
            }
            Glyph::SignOut => {
                r##"<path d="M14 4.5h4A1.5 1.5 0 0 1 19.5 6v12a1.5 1.5 0 0 1-1.5 1.5h-4"/><path d="M4 12h11M8 8l-4 4 4 4"/>"##
            }
            Glyph::Skip => r##"<path d="M5 5.5v13l9-6.5zM18.5 5v14"/>"##,
            Glyph::Ban => r##"<circle cx="12" cy="12" r="9"/><path d="m5.7 5.7 12.6 12.6"/>"##,
            Glyph::Braces => {
                r##"<path d="M8 3.5H7A2.5 2.5 0 0 0 4.5 6v3.5L3 12l1.5 2.5V18A2.5 2.5 0 0 0 7 20.5h1M16 3.5h1A2.5 2.5 0 0 1 19.5 6v3.5L21 12l-1.5 2.5V18a2.5 2.5 0 0 1-2.5 2.5h-1"/>"##
            }
            Glyph::Reply => r##"<path d="M9 7 4 12l5 5"/><path d="M4 12h10a6 6 0 0 1 6 6v1"/>"##,
            Glyph::Chat => r##"<path d="M21 12a8 8 0 0 1-8 8H4l2-3a8 8 0 1 1 15-5z"/>"##,
            Glyph::Maximize => {
                r##"<path d="M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15"/>"##
            }
            Glyph::Sparkles => {
                r##"<path d="M11 4 12.8 9.2 18 11l-5.2 1.8L11 18l-1.8-5.2L4 11l5.2-1.8zM18.5 15.5l.7 2.3 2.3.7-2.3.7-.7 2.3-.7-2.3-2.3-.7 2.3-.7z"/>"##
            }
            Glyph::Pin => r##"<path d="M12 16v6M8.5 3h7M9.5 3v6.5L6 13v3h12v-3l-3.5-3.5V3"/>"##,
            Glyph::Tag => r##"<path d="M12.6 3H4v8.6l8.4 8.4a2 2 0 0 0 2.8 0l5-5a2 2 0 0 0 0-2.8z"/><path d="M8 8h.01"/>"##,
            Glyph::Loader => r##"<path d="M12 3a9 9 0 1 0 9 9"/>"##,
            Glyph::Dot => r##"<circle cx="12" cy="12" r="4.5" fill="currentColor" stroke="none"/>"##,
            Glyph::Ring => r##"<circle cx="12" cy="12" r="7.5"/>"##,
            Glyph::Repeat => {
                r##"<path d="m17 2 4 4-4 4"/><path d="M3 11v-1a4 4 0 0 1 4-4h14M7 22l-4-4 4-4"/><path d="M21 13v1a4 4 0 0 1-4 4H3"/>"##
            }
            Glyph::Person => {
                r##"<path d="m16 11 2 2 4-4M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2"/><circle cx="9" cy="7" r="4"/>"##
            }
            Glyph::Link => {
                r##"<path d="M10 13a5 5 0 0 0 7.54.54l3-3a5 5 0 0 0-7.07-7.07l-1.72 1.71"/><path d="M14 11a5 5 0 0 0-7.54-.54l-3 3a5 5 0 0 0 7.07 7.07l1.71-1.71"/>"##
            }
            Glyph::Layers => {
                r##"<path d="m12 2.5 9.5 5-9.5 5-9.5-5z"/><path d="m2.5 12.5 9.5 5 9.5-5M2.5 17l9.500 5 9.500-5"/>"##
            }
            Glyph::Code => r##"<path d="m16 18 6-6-6-6M8 6l-6 6 6 6"/>"##,
            Glyph::Wand => {
                r##"<path d="m21.600 3.600-1.200-1.200a1.200 1.200 0 0 0-1.700 0L2.400 18.600a1.200 1.200 0 0 0 0 1.700l1.300 1.300a1.200 1.200 0 0 0 1.700 0L21.600 5.400a1.200 1.200 0 0 0 0-1.800M14 7l3 3M5 6v4M19 14v4M10 2v2M7 8H3M21 16h-4M11 3H9"/>"##
            }
            Glyph::Database => {
                r##"<ellipse cx="12" cy="5" rx="9" ry="3"/><path d="M3 5v14a9 3 0 0 0 18 0V5"/><path d="M3 12a9 3 0 0 0 18 0"/>"##
            }
            Glyph::Chart => r##"<path d="M4 20V10M10 20V4M16 20v-7M22 20H2"/>"##,
            Glyph::Table => r##"<rect x="3" y="3" width="18" height="18" rx="2.500"/><path d="M12 3v18M3 9h18M3 15h18"/>"##,
            Glyph::Boxes => {
                r##"<rect x="8" y="2.500" width="8" height="6" rx="1.500"/><rect x="2" y="15.500" width="8" height="6" rx="1.500"/><rect x="14" y="15.500" width="8" height="6" rx="1.500"/><path d="M6 15.500V12h12v3.500M12 12V8.500"/>"##
            }
            Glyph::Siren => {
                r##"<path d="M7 18v-6a5 5 0 1 1 10 0v6"/><path d="M5 21a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-1a2 2 0 0 0-2-2H7a2 2 0 0 0-2 2zM21 12h1M18.500 4.500 18 5M2 12h1M12 2v1M4.900 4.900l.7.7M12 12v6"/>"##
            }
            Glyph::Scissors => {
                r##"<circle cx="6" cy="6" r="3"/><circle cx="6" cy="18" r="3"/><path d="M20 4 8.100 15.900M14.500 14.500 20 20M8.100 8.100 12 12"/>"##
            }
            Glyph::Clipboard => {
                r##"<rect x="5" y="4.500" width="14" height="17" rx="2.500"/><path d="M9 4.500V4a1.500 1.500 0 0 1 1.500-1.500h3A1.500 1.500 0 0 1 15 4v.5a1.500 1.500 0 0 1-1.500 1.500h-3A1.500 1.500 0 0 1 9 4.500z"/>"##
            }
            Glyph::Archive => {
                r##"<rect x="3" y="4" width="18" height="5" rx="1.500"/><path d="M5 9v9.500A1.500 1.500 0 0 0 6.500 20h11a1.500 1.500 0 0 0 1.500-1.500V9M10 13h4"/>"##
            }
            Glyph::Note => {
                r##"<path d="M14.500 3.500H6A2 2 0 0 0 4 5.500v13a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V9z"/><path d="M14.500 3.500V9H20M8 13h8M8 16.500h5"/>"##
            }
            Glyph::Select => {
                r##"<path d="M4 8V5.500A1.500 1.500 0 0 1 5.500 4H8M12 4h2M18 4h.5A1.500 1.500 0 0 1 20 5.500V8M20 12v2M4 12v2M4 18v.5A1.500 1.500 0 0 0 5.500 20H8M12 20h2"/><path d="m15.500 19 2 2 4-4.500"/>"##
            }
            Glyph::Columns => r##"<path d="M6 3v18M12 3v18M18 3v18"/>"##,
            Glyph::Send => r##"<path d="M21 3 10.5 13.5M21 3l-6.5 18-4-7.5L3 9.5z"/>"##,
        }
    }
}

/// An icon in the colour of the text around it, hidden from screen readers: words beside it say what it means.
#[component]
pub fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg
            class=if glyph == Glyph::Loader { "icon turning" } else { "icon" }
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.8"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=glyph.drawing()
        ></svg>
    }
}

/// The mark of Patchbay.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg
            class="logo"
            viewBox="0 0 24 24"
            fill="none"
            stroke-linecap="round"
            aria-hidden="true"
            inner_html=r##"<circle cx="5.5" cy="7" r="3" stroke="var(--ink)" stroke-width="2"/><circle cx="18.5" cy="17" r="3" stroke="var(--ink)" stroke-width="2"/><path d="M5.5 10c0 8 6 3 7.500 2s5.500-3.500 5.500 2" stroke="var(--accent)" stroke-width="2.400"/>"##
        ></svg>
    }
}

/// The letters that stand for a connector, and the hue of its square in degrees; none for what has an icon of its own.
fn letters_of(kind: &str) -> Option<(String, u32)> {
    if Glyph::of_kind(kind) != Glyph::Bolt {
        return None;
    }
    let name = &crate::connectors::find(kind)?.name;
    let capitals: String = name.chars().filter(|c| c.is_uppercase()).take(2).collect();
    let letters = if capitals.chars().count() == 2 { capitals } else { name.chars().take(2).collect() };
    // Ids that are alike get hues that are not.
    let hue = kind.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 360;
    Some((letters, hue))
}

/// The square with a step's or trigger's icon, coloured by its kind; of a connector, its letters.
#[component]
pub fn StepTile(#[prop(into)] kind: Signal<String>, #[prop(optional)] small: bool) -> impl IntoView {
    let letters = Memo::new(move |_| kind.with(|kind| letters_of(kind)));
    view! {
        <span
            class=move || format!("tile tile-{}", kind.get())
            class:small=small
            class:letters=move || letters.with(Option::is_some)
            style=move || letters.with(|letters| letters.as_ref().map(|(_, hue)| format!("--hue:{hue}")))
            aria-hidden="true"
        >
            {move || match letters.get() {
                Some((letters, _)) => letters.into_any(),
                None => view! { <Icon glyph=Glyph::of_kind(&kind.get())/> }.into_any(),
            }}
        </span>
    }
}

/// The same square, made by hand: for what stands inside a text, where no component can.
pub fn tile_element(kind: &str) -> Option<web_sys::Element> {
    let tile = document().create_element("span").ok()?;
    let letters = letters_of(kind);
    // A kind names a class; whatever else it may hold is no part of it.
    let class: String = kind.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    tile.set_class_name(&format!("tile tile-{class} small{}", if letters.is_some() { " letters" } else { "" }));
    let _ = tile.set_attribute("aria-hidden", "true");
    match letters {
        Some((letters, hue)) => {
            let _ = web_sys::HtmlElement::style(tile.unchecked_ref()).set_property("--hue", &hue.to_string());
            tile.set_text_content(Some(&letters));
        }
        None => tile.set_inner_html(&format!(
            r#"<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>"#,
            Glyph::of_kind(kind).drawing()
        )),
    }
    Some(tile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectors_have_letters_and_kinds_have_icons() {
        let letters = |kind: &str| letters_of(kind).map(|(letters, _)| letters);
        assert_eq!(letters("github").as_deref(), Some("GH"));
        assert_eq!(letters("slack").as_deref(), Some("Sl"));
        assert_eq!(letters("google_sheets").as_deref(), Some("GS"));
        assert_eq!((letters("http"), letters("filter"), letters("nowhere")), (None, None, None));
    }
}
