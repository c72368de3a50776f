use leptos::prelude::*;
use leptos_router::components::A;
use model::api::Activity;
use serde_json::Value;

use crate::{moment::Style, named::Named, text::activity as t, ui::Moment};

/// Facts of a row that are shown, at most.
const FACTS: usize = 6;

#[component]
pub fn ActivityRow(activity: Activity) -> impl IntoView {
    let Activity { at, actor, action, target, detail, .. } = activity;
    let page = Named::parse(&target).map(Named::path);
    view! {
        <tr>
            <td class="activity-who">{t::actor(&actor)}</td>
            <td>
                <span>{t::action(&action)}</span>
                " "
                {match page {
                    Some(href) => view! { <A href=href attr:class="link mono">{target.clone()}</A> }.into_any(),
                    None => view! { <span class="mono muted">{target.clone()}</span> }.into_any(),
                }}
                <small class="muted activity-facts">{facts(&detail)}</small>
            </td>
            <td class="end"><Moment at style=Style::Short/></td>
        </tr>
    }
}

/// `version: 3 · note: Mended`; what stands deeper is left to the API.
fn facts(detail: &Value) -> String {
    let Value::Object(fields) = detail else { return String::new() };
    let plain = fields.iter().filter_map(|(name, value)| {
        let text = match value {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => return Some(name.replace('_', " ")),
            _ => return None,
        };
        let text: String = text.chars().take(80).collect();
        Some(format!("{}: {text}", name.replace('_', " ")))
    });
    plain.take(FACTS).collect::<Vec<_>>().join(" · ")
}
