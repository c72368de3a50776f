//! Zoom and fit, at the canvas's corner.

use leptos::prelude::*;

use super::stage::use_stage;
use crate::{
    text::editor as t,
    ui::{Glyph, IconButton},
};

#[component]
pub fn Controls() -> impl IntoView {
    let stage = use_stage();
    let percent = Memo::new(move |_| t::percent(stage.view.get().zoom));
    view! {
        <div class="controls" role="toolbar" aria-label=t::VIEW_CONTROLS>
            <IconButton glyph=Glyph::Minus label=t::ZOOM_OUT.to_owned() small=true on:click=move |_| stage.zoom_by(1.0 / 1.2)/>
            <button type="button" class="controls-zoom" data-tip=t::ACTUAL_SIZE aria-label=t::ACTUAL_SIZE on:click=move |_| stage.reset_zoom()>{percent}</button>
            <IconButton glyph=Glyph::Plus label=t::ZOOM_IN.to_owned() small=true on:click=move |_| stage.zoom_by(1.2)/>
            <span class="controls-rule" aria-hidden="true"></span>
            <IconButton glyph=Glyph::Maximize label=t::FIT.to_owned() small=true on:click=move |_| stage.fit()/>
            <IconButton glyph=Glyph::Select label=t::CHOOSE_SEVERAL.to_owned() small=true pressed=Signal::derive(move || Some(stage.choosing.get())) on:click=move |_| stage.choosing.update(|on| *on = !*on)/>
        </div>
    }
}
