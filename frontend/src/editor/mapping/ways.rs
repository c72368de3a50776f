//! A value inside a list: which element is meant, or all of them. Nobody should get the first one without having said so.

use expr::{Mapped, Names, Outcome, Seg, evaluate, parse_text, print_text};
use leptos::{ev, html, prelude::*};

use super::{
    pick::Pick,
    tree::{Kind, Row, preview, shorten},
};
use crate::{
    dom,
    editor::{
        data::{Seen, limits},
        sight::use_sight,
        state::use_editor,
    },
    text::editor as t,
    ui::{Glyph, IconButton},
};

/// Longer previews are cut.
const LONGEST: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    First,
    Last,
    Joined,
    All,
    /// One entry per element.
    Each,
}

/// A list, and what is taken of its elements.
#[derive(Debug, Clone, PartialEq)]
pub struct Inside {
    pub list: Mapped,
    pub rest: Vec<Seg>,
}

/// The innermost list that a row stands in; none where it stands in none.
pub fn inside(row: &Row) -> Option<Inside> {
    let at = row.path.iter().rposition(|seg| matches!(seg, Seg::Index(_)))?;
    let list = Mapped::pill(row.source.clone(), row.path[..at].iter().cloned());
    Some(Inside { list, rest: row.path[at + 1..].to_vec() })
}

/// The ways a row can be meant, and what each puts into a field; one entry per element is no text.
pub fn ways(row: &Row, names: &Names, takes_each: bool) -> Vec<(Way, Option<String>)> {
    let Some(inside) = inside(row) else { return Vec::new() };
    let Some(list) = print_text(&inside.list, names) else { return Vec::new() };
    let list = list.trim_start_matches("{{").trim_end_matches("}}").trim().to_owned();
    let keys: Vec<String> = inside
        .rest
        .iter()
        .map(|seg| match seg {
            Seg::Key(key) => serde_json::Value::from(key.as_str()).to_string(),
            Seg::Index(index) => index.to_string(),
        })
        .collect();
    let all = keys.iter().fold(list.clone(), |all, key| format!("{all} | pluck({key})"));
    // Exactly the last one, also where it lacks what the others have.
    let last = keys.iter().fold(format!("{list}[-1]"), |last, key| format!("{last}[{key}]"));
    let joins = !matches!(row.kind, Kind::Object | Kind::List);
    let mut ways = vec![(Way::First, Some(row.text(names))), (Way::Last, Some(format!("{{{{ {last} }}}}")))];
    if joins {
        ways.push((Way::Joined, Some(format!("{{{{ {all} | join(\", \") }}}}"))));
    }
    ways.push((Way::All, Some(format!("{{{{ {all} }}}}"))));
    if takes_each {
        ways.push((Way::Each, None));
    }
    ways
}

/// What a text gives with the sample.
fn gives(text: &str, seen: &Seen, names: &Names) -> Option<String> {
    match evaluate(&parse_text(text, names), &seen.data, &limits()).ok()?.outcome {
        Outcome::Value(value) => Some(shorten(&preview(&value), LONGEST)),
        Outcome::Missing => Some(t::NO_ELEMENT.to_owned()),
    }
}

/// Asks which is meant; stands in the place of the data.
#[component]
pub fn Ways(
    row: Row,
    pick: Pick,
    on_insert: Callback<String>,
    /// Takes the focus back to the field, before what has it is taken away.
    on_back: Callback<()>,
    /// Takes a list, and what of its elements becomes an entry.
    on_each: Option<Callback<(Mapped, Vec<Seg>)>>,
) -> impl IntoView {
    let (editor, sight) = (use_editor(), use_sight());
    let list = NodeRef::<html::Div>::new();
    request_animation_frame(move || {
        if let Some(first) =
            list.try_get_untracked().flatten().and_then(|list| dom::all(&list, "[role=menuitem]").into_iter().next())
        {
            let _ = first.focus();
        }
    });
    let back = move || {
        on_back.run(());
        pick.asking.set(None);
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            back();
        } else if let (Some(step), Some(list)) = (dom::step_of_key(&event.key(), false), list.get_untracked()) {
            dom::focus_by(&dom::all(&list, "[role=menuitem]"), step);
        } else {
            if matches!(event.key().as_str(), "Enter" | " ") {
                // A press of the button that has the focus: the list behind it is not to take it for one of its own.
                event.stop_propagation();
            }
            return;
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let name = row.path.iter().rev().find_map(|seg| match seg {
        Seg::Key(key) => Some(key.clone()),
        Seg::Index(_) => None,
    });
    let title = t::which_element(&name.unwrap_or_default());
    let heading = title.clone();
    let inside = inside(&row);
    let all = editor.names.with_untracked(|names| ways(&row, names, on_each.is_some()));
    let buttons = all.into_iter().map(|(way, text)| {
        let shown = text.as_ref().and_then(|text| {
            let seen = sight.seen.get_untracked().0;
            editor.names.with_untracked(|names| gives(text, &seen, names))
        });
        let (label, about) = t::way(way);
        let inside = inside.clone();
        let choose = move |_| {
            pick.asking.set(None);
            match (&text, on_each, &inside) {
                (Some(text), ..) => on_insert.run(text.clone()),
                (None, Some(on_each), Some(inside)) => on_each.run((inside.list.clone(), inside.rest.clone())),
                _ => {}
            }
        };
        view! {
            <button type="button" role="menuitem" tabindex="-1" class="pill-offer" on:click=choose>
                <span>{label}</span>
                <em>{shown.unwrap_or_else(|| about.to_owned())}</em>
            </button>
        }
    });
    view! {
        <div class="pick-ways" on:keydown=key>
            <div class="pick-ways-head">
                <IconButton glyph=Glyph::ArrowLeft label=t::BACK_TO_DATA.to_owned() small=true on:click=move |_| back()/>
                <b>{heading}</b>
            </div>
            <div role="menu" aria-label=title node_ref=list>{buttons.collect_view()}</div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::{super::tree::rows, *};

    fn seen() -> (Seen, serde_json::Value) {
        let event = json!({"orders": [
            {"total": 5, "to": {"city": "Bonn"}, "odd \"key\"": 1, "lines": [{"sku": "a"}, {"sku": "b"}]},
            {"total": 7, "to": {}, "lines": [{"sku": "c"}]},
        ], "tags": ["x", "y"]});
        let mut seen = Seen::default();
        seen.data.set_event(Arc::new(event.clone()));
        (seen, event)
    }

    fn given(path: &str) -> Vec<(Way, Option<String>)> {
        let (seen, event) = seen();
        let all = rows(&expr::Source::Event, &[], &event, &|_, _| true);
        let row = all.iter().find(|row| row.spelled() == path).unwrap_or_else(|| panic!("{path}"));
        let names = Names::new();
        ways(row, &names, true).into_iter().map(|(way, text)| (way, text.and_then(|text| gives(&text, &seen, &names)))).collect()
    }

    #[test]
    fn each_way_gives_what_it_says() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            given("orders[0].total"),
            [
                (Way::First, text("5")),
                (Way::Last, text("7")),
                (Way::Joined, text("5, 7")),
                (Way::All, text("[5, 7]")),
                (Way::Each, None)
            ]
        );
        assert_eq!(given("tags[0]")[..3], [(Way::First, text("x")), (Way::Last, text("y")), (Way::Joined, text("x, y"))]);
        // The last one has no city: nothing, not that of the one before.
        assert_eq!(given("orders[0].to.city")[1], (Way::Last, text(t::NO_ELEMENT)));
        assert_eq!(given("orders[0].to.city")[3], (Way::All, text("[Bonn]")));
        assert_eq!(given("orders[0].odd \"key\"")[3], (Way::All, text("[1]")));
        // Of lists in lists the inner one is asked for; what is an object is not joined.
        assert_eq!(given("orders[0].lines[0].sku")[2], (Way::Joined, text("a, b")));
        assert!(given("orders[0].to").iter().all(|(way, _)| *way != Way::Joined));
        assert!(given("orders").is_empty() && given("tags").is_empty());
    }
}
