use leptos::prelude::*;

use super::{Button, Glyph, Icon};
use crate::{api::Problem, text};

/// Nothing here yet, and what to do about it.
#[component]
pub fn EmptyState(
    glyph: Glyph,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] body: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon glyph/></span>
            <h2>{title}</h2>
            <p>{body}</p>
            {children.map(|children| view! { <div class="empty-do">{children()}</div> })}
        </div>
    }
}

/// What went wrong, with a way to try again.
#[component]
pub fn ErrorState(#[prop(into)] problem: Signal<Option<Problem>>, #[prop(into)] on_retry: Callback<()>) -> impl IntoView {
    let title = move || {
        problem.with(|problem| match problem {
            Some(problem) if problem.is_offline() => text::errors::OFFLINE_TITLE,
            Some(problem) if problem.is_not_found() => text::errors::NOT_FOUND_TITLE,
            _ => text::errors::TITLE,
        })
    };
    view! {
        <div class="empty" role="alert">
            <span class="empty-icon bad"><Icon glyph=Glyph::Alert/></span>
            <h2>{title}</h2>
            <p>{move || problem.with(|problem| problem.as_ref().map(|problem| problem.message.clone()))}</p>
            <div class="empty-do">
                <Button icon=Glyph::Refresh on:click=move |_| on_retry.run(())>{text::ui::TRY_AGAIN}</Button>
            </div>
        </div>
    }
}

/// A grey bar where text will stand. `width` in percent.
#[component]
pub fn Skeleton(#[prop(default = 100)] width: u32, #[prop(default = 12)] height: u32) -> impl IntoView {
    view! { <span class="skeleton" style=format!("width:{width}%;height:{height}px")></span> }
}

/// Some lines of a list that is on its way.
#[component]
pub fn SkeletonRows(#[prop(default = 6)] rows: usize) -> impl IntoView {
    const WIDTHS: [u32; 4] = [34, 52, 27, 43];
    let rows = (0..rows)
        .map(|row| {
            view! {
                <div class="skeleton-row">
                    <Skeleton width=9 height=22/>
                    <Skeleton width=WIDTHS[row % WIDTHS.len()]/>
                    <Skeleton width=12/>
                </div>
            }
        })
        .collect_view();
    view! { <div class="skeleton-rows" role="status" aria-label=text::ui::LOADING>{rows}</div> }
}
