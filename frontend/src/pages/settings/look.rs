use leptos::prelude::*;

use super::Section;
use crate::{
    text::{settings as t, shell},
    theme::{Mode, use_theme},
    ui::Segmented,
};

#[component]
pub fn LookSection() -> impl IntoView {
    let theme = use_theme();
    let words = |mode: Mode| match mode {
        Mode::System => shell::THEME_SYSTEM,
        Mode::Light => shell::THEME_LIGHT,
        Mode::Dark => shell::THEME_DARK,
    };
    view! {
        <Section title=t::LOOK about=t::LOOK_ABOUT>
            <Segmented
                tabs=Mode::ALL.iter().map(|mode| (*mode, words(*mode).to_owned())).collect()
                selected=Signal::derive(move || theme.mode())
                on_select=move |mode| theme.choose(mode)
                label=shell::THEME
            />
        </Section>
    }
}
