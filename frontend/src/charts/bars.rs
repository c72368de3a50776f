use leptos::{html, prelude::*};
use leptos_router::components::A;

use super::scale::{labelled, nice};
use crate::{dom, moment::number, text::dashboard as t};

/// A share of a bar, in one colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub amount: u64,
    /// `ok`, `bad`, `quiet` ...: the colour's class.
    pub look: &'static str,
    /// What is behind just this part; absent: what is behind the bar.
    pub href: Option<String>,
    /// For a screen reader, where it has an address of its own.
    pub label: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Below the axis.
    pub tick: String,
    /// When, how many of what: the tooltip, and what a screen reader says.
    pub label: String,
    pub href: String,
    /// From the bottom up.
    pub parts: Vec<Part>,
}

impl Bar {
    fn amount(&self) -> u64 {
        self.parts.iter().map(|part| part.amount).sum()
    }
}

/// Stacked bars. Tab reaches the last one, the arrow keys the others.
#[component]
pub fn Bars(#[prop(into)] bars: Signal<Vec<Bar>>, label: &'static str) -> impl IntoView {
    let node = NodeRef::<html::Ul>::new();
    let key = move |event: leptos::ev::KeyboardEvent| {
        if let (Some(step), Some(list)) = (dom::step_of_key(&event.key(), true), node.get_untracked()) {
            event.prevent_default();
            dom::focus_by(&dom::all(&list, "a"), step);
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "drawn, not counted with")]
    let end = Memo::new(move |_| nice(bars.with(|bars| bars.iter().map(Bar::amount).max().unwrap_or(0)) as f64));
    let columns = move || {
        let end = end.get();
        bars.with(|bars| {
            let (count, shown) = (bars.len(), labelled(bars.len(), 4));
            bars.iter()
                .enumerate()
                .map(|(at, bar)| column(bar, end, at + 1 == count, shown(at) && at + count / 12 < count))
                .collect_view()
        })
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive whole number")]
    let most = move || number(end.get().round() as u64);
    view! {
        <div class="chart">
            <div class="chart-axis" aria-hidden="true"><span>{most}</span><span>{t::ZERO}</span></div>
            <ul node_ref=node class="bars" aria-label=label on:keydown=key>{columns}</ul>
        </div>
    }
}

fn column(bar: &Bar, end: f64, last: bool, ticked: bool) -> impl IntoView + use<> {
    #[expect(clippy::cast_precision_loss, reason = "drawn, not counted with")]
    let height = |amount: u64| format!("height:{:.2}%", amount as f64 / end * 100.0);
    let parts = bar
        .parts
        .iter()
        .filter(|part| part.amount > 0)
        .map(|part| {
            let class = format!("bar-part {}", part.look);
            match part.href.clone() {
                Some(href) => view! {
                    <A href=href attr:class=class attr:style=height(part.amount) attr:tabindex="-1" attr:aria-label=part.label.clone() attr:data-tip=part.label.clone()>""</A>
                }
                .into_any(),
                None => view! { <span class=class style=height(part.amount)></span> }.into_any(),
            }
        })
        .collect_view();
    view! {
        <li class="bars-column">
            <A href=bar.href.clone() attr:class="bar-all" attr:tabindex=if last { "0" } else { "-1" } attr:aria-label=bar.label.clone() attr:data-tip=bar.label.clone()>""</A>
            <span class="bar-stack">{parts}</span>
            {ticked.then(|| view! { <span class="bar-tick" aria-hidden="true">{bar.tick.clone()}</span> })}
        </li>
    }
}
