//! The lines between the cards.

use leptos::prelude::*;

use super::board::use_board;

#[component]
pub fn Edges() -> impl IntoView {
    let board = use_board();
    let shown = Memo::new(move |_| {
        let seen = board.seen.get();
        board.placed.with(|placed| {
            let near =
                placed.layout.edges.iter().enumerate().filter(|(_, edge)| seen.is_none_or(|seen| seen.touches(&edge.area)));
            near.map(|(at, _)| at).collect::<Vec<_>>()
        })
    });
    let edge = move |at: usize| {
        let edge = Memo::new(move |_| board.placed.with(|placed| placed.layout.edges.get(at).cloned()));
        view! {
            <path
                d=move || edge.get().map(|edge| edge.path).unwrap_or_default()
                class:dim=move || edge.get().is_some_and(|edge| edge.dim)
            ></path>
        }
    };
    let frames = Memo::new(move |_| board.placed.with(|placed| placed.layout.frames.len()));
    let frame = move |at: usize| {
        let frame = Memo::new(move |_| board.placed.with(|placed| placed.layout.frames.get(at).cloned()));
        let part = move |of: fn(&layout::Frame) -> f64| frame.get().as_ref().map(of).unwrap_or_default();
        view! {
            <rect
                class="frame"
                rx="14"
                x=move || part(|frame| frame.x)
                y=move || part(|frame| frame.y)
                width=move || part(|frame| frame.w)
                height=move || part(|frame| frame.h)
            ></rect>
        }
    };
    let end = Memo::new(move |_| board.placed.with(|placed| placed.layout.end));
    view! {
        <svg class="edges" aria-hidden="true">
            <For each=move || 0..frames.get() key=|at| *at children=frame/>
            <For each=move || shown.get() key=|at| *at children=edge/>
            <circle class="end" cx=move || end.get().0 cy=move || end.get().1 r="4"></circle>
        </svg>
    }
}
