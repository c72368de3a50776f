//! Zoom and fit, at the canvas's corner.

use leptos::prelude::*;

use super::board::use_board;
use crate::{
    text::editor as t,
    ui::{Glyph, IconButton},
};

#[component]
pub fn Controls(
    /// What else there is to press.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let board = use_board();
    let percent = Memo::new(move |_| t::percent(board.view.get().zoom));
    view! {
        <div class="controls" role="toolbar" aria-label=t::VIEW_CONTROLS>
            <IconButton glyph=Glyph::Minus label=t::ZOOM_OUT.to_owned() small=true on:click=move |_| board.zoom_by(1.0 / 1.2)/>
            <button type="button" class="controls-zoom" data-tip=t::ACTUAL_SIZE aria-label=t::ACTUAL_SIZE on:click=move |_| board.reset_zoom()>{percent}</button>
            <IconButton glyph=Glyph::Plus label=t::ZOOM_IN.to_owned() small=true on:click=move |_| board.zoom_by(1.2)/>
            <span class="controls-rule" aria-hidden="true"></span>
            <IconButton glyph=Glyph::Maximize label=t::FIT.to_owned() small=true on:click=move |_| board.fit()/>
            {children.map(|children| children())}
        </div>
    }
}
