use leptos::prelude::*;

use crate::markdown::{Block, Span, parse};

/// Markdown that a person wrote.
#[component]
pub fn Prose(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! { <div class="prose" dir="auto">{move || text.with(|text| parse(text)).into_iter().map(block).collect_view()}</div> }
}

fn block(block: Block) -> AnyView {
    match block {
        // A note is no part of the page's outline.
        Block::Heading(words) => view! { <p class="prose-title">{spans(words)}</p> }.into_any(),
        Block::Paragraph(words) => view! { <p>{spans(words)}</p> }.into_any(),
        Block::Quote(words) => view! { <blockquote>{spans(words)}</blockquote> }.into_any(),
        Block::Code(code) => view! { <pre>{code}</pre> }.into_any(),
        Block::List { ordered, items } => {
            let items = items.into_iter().map(|item| view! { <li>{spans(item)}</li> }).collect_view();
            if ordered { view! { <ol>{items}</ol> }.into_any() } else { view! { <ul>{items}</ul> }.into_any() }
        }
    }
}

fn spans(words: Vec<Span>) -> Vec<AnyView> {
    words.into_iter().map(span).collect()
}

fn span(span: Span) -> AnyView {
    match span {
        Span::Text(text) => text.into_any(),
        Span::Strong(words) => view! { <strong>{spans(words)}</strong> }.into_any(),
        Span::Emphasis(words) => view! { <em>{spans(words)}</em> }.into_any(),
        Span::Code(code) => view! { <code>{code}</code> }.into_any(),
        Span::Break => view! { <br/> }.into_any(),
        Span::Link { to, words } => {
            view! { <a class="link" href=to target="_blank" rel="noopener noreferrer nofollow">{spans(words)}</a> }.into_any()
        }
    }
}
