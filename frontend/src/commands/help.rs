use leptos::prelude::*;

use super::{
    table::{Place, Spec, TABLE},
    use_commands,
};
use crate::{
    text::commands as t,
    ui::{Dialog, Kbd},
};

/// Every key there is, by where it counts.
#[component]
pub fn KeySheet() -> impl IntoView {
    let commands = use_commands();
    let part = |(place, title): (Place, &'static str)| {
        let line = |spec: &'static Spec| view! { <dt><Kbd keys=spec.shown/></dt><dd>{t::label(spec.command)}</dd> };
        let lines = TABLE.iter().filter(|spec| spec.place == place && !spec.shown.is_empty()).map(line).collect_view();
        view! { <section><h3>{title}</h3><dl class="keys">{lines}</dl></section> }
    };
    view! {
        <Dialog open=commands.helping title=t::KEYBOARD.to_owned() wide=true>
            <div class="key-sheet">
                {[(Place::Everywhere, t::IN_EVERYWHERE), (Place::Editor, t::IN_EDITOR), (Place::Canvas, t::ON_CANVAS)].map(part).collect_view()}
            </div>
        </Dialog>
    }
}
