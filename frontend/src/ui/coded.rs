//! Sentences that name fields and parts of expressions between backticks.

use leptos::prelude::*;

/// The sentence with what stands between backticks as code.
pub fn coded(text: &str) -> Vec<AnyView> {
    let pieces = text.split('`').enumerate();
    pieces
        .map(
            |(at, piece)| {
                if at % 2 == 1 { view! { <code>{piece.to_owned()}</code> }.into_any() } else { piece.to_owned().into_any() }
            },
        )
        .collect()
}
