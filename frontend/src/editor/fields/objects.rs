//! A list of objects: one item after the other as names with values, one item per element of a list from the data, or JSON.

use leptos::prelude::*;
use manifest::Field;
use model::Mapped;
use serde_json::Value;

use super::{Form, value::non_empty};
use crate::{
    editor::{
        mapping::{Expects, JsonField, MappedField, Pairs, each, pairs},
        problems::FieldProblems,
        sight::use_sight,
    },
    text::editor as t,
    ui::{Button, Choice, Glyph, IconButton, Select, Tone},
};

/// How such a list is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Items,
    /// One item per element of a list, or a whole list from the data.
    Data,
    Json,
}

impl Shape {
    const ALL: [(Shape, &str); 3] = [(Shape::Items, "items"), (Shape::Data, "data"), (Shape::Json, "json")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(shape, _)| *shape == self).map_or("json", |(_, name)| name)
    }
}

/// The items of a list that can be edited one by one; none for any other value.
fn items(value: &Mapped) -> Option<Vec<Mapped>> {
    let is_flat = |item: &Mapped| {
        let rows = pairs::entries(item).filter(|_| !matches!(item, Mapped::Omit | Mapped::Literal(Value::String(_))));
        rows.is_some_and(|rows| rows.iter().all(|(_, value)| is_plain(value)))
    };
    let items = match value {
        Mapped::Omit => Vec::new(),
        Mapped::Literal(Value::String(text)) if text.is_empty() => Vec::new(),
        Mapped::Literal(Value::Array(items)) => items.iter().cloned().map(Mapped::Literal).collect(),
        Mapped::List(items) => items.clone(),
        _ => return None,
    };
    items.iter().all(is_flat).then_some(items)
}

/// Whether a value of an item has a field of its own: what holds others is JSON.
fn is_plain(value: &Mapped) -> bool {
    !matches!(value, Mapped::Object(_) | Mapped::List(_) | Mapped::Literal(Value::Array(_) | Value::Object(_)))
}

fn shape(value: &Mapped) -> Shape {
    match value {
        Mapped::Each(_) | Mapped::Template(_) | Mapped::Expr(_) => Shape::Data,
        value if items(value).is_some() => Shape::Items,
        _ => Shape::Json,
    }
}

/// An item to begin with: with the names of the one before, as most lists have equal items.
fn fresh(before: Option<&Mapped>) -> Mapped {
    let names = before.and_then(pairs::entries).unwrap_or_default().into_iter().map(|(name, _)| name);
    let rows: Vec<_> = names.map(|name| (name, Mapped::text(""))).collect();
    pairs::object(if rows.is_empty() { vec![(String::new(), Mapped::text(""))] } else { rows })
}

#[component]
pub fn ObjectsField(form: Form, field: &'static Field) -> impl IntoView {
    let key = field.key.as_str();
    let sight = use_sight();
    let value =
        Signal::derive(move || form.input(key).or_else(|| field.default.clone().map(Mapped::Literal)).unwrap_or(Mapped::Omit));
    let put = Callback::new(move |new: Mapped| form.put(key, non_empty(new)));
    let fits = Memo::new(move |_| value.with(shape));
    let chosen = RwSignal::new(fits.get_untracked());
    // What the chosen way cannot show is shown by one that can: undo, a paste and others change values, too.
    let now = Memo::new(move |_| match (chosen.get(), fits.get()) {
        (Shape::Json, _) => Shape::Json,
        (chosen, fits) if value.with(|value| *value == Mapped::Omit) && fits == Shape::Items => chosen,
        (_, fits) => fits,
    });
    let choose = move |name: String| {
        let Some((wanted, _)) = Shape::ALL.into_iter().find(|(_, one)| *one == name) else { return };
        let before = value.get_untracked();
        match wanted {
            Shape::Items if shape(&before) == Shape::Data => form.put(key, None),
            // Offered only where nothing is lost.
            Shape::Items if items(&before).is_none() => return,
            Shape::Data if shape(&before) == Shape::Json => return,
            Shape::Data if shape(&before) != Shape::Data => {
                let here = sight.seen.with_untracked(|seen| seen.0.here.clone());
                let first = items(&before).and_then(|items| items.into_iter().next());
                let mut made = each::made(Mapped::text(""), Vec::new(), &here);
                if let (Mapped::Each(made), Some(first)) = (&mut made, first) {
                    made.item = first;
                }
                form.put(key, Some(made));
            }
            _ => {}
        }
        chosen.set(wanted);
    };
    let ways = Signal::derive(move || {
        let ways = Shape::ALL.into_iter().filter(|(shape, _)| *shape != Shape::Data || form.has_data());
        let is_deep = fits.get() == Shape::Json;
        ways.map(|(shape, name)| {
            let choice = Choice::new(name, t::objects_way(shape == Shape::Items, shape == Shape::Data));
            if is_deep && shape != Shape::Json { choice.disabled() } else { choice }
        })
        .collect()
    });
    let label = StoredValue::new(field.label.clone());
    view! {
        <div class="ed-field" data-field=format!("input.{key}") role="group" aria-label=field.label.clone()>
            <div class="ed-label">
                <span>{field.label.clone()}{field.required.then(|| view! { " " <i>{t::REQUIRED}</i> })}</span>
                <Select value=Signal::derive(move || now.get().name().to_owned()) on_change=choose choices=ways label=t::how_to_fill(&field.label) compact=true/>
            </div>
            {move || match now.get() {
                Shape::Items => view! { <Items label=label.get_value() value put/> }.into_any(),
                Shape::Data => view! { <MappedField label=label.get_value() value on_change=put bare=true expects=Expects::List/> }.into_any(),
                Shape::Json => view! { <JsonField label=label.get_value() value on_change=put bare=true/> }.into_any(),
            }}
            <FieldProblems at=format!("input.{key}")/>
            {(!field.help.is_empty()).then(|| view! { <p class="ed-hint">{field.help.clone()}</p> })}
        </div>
    }
}

#[component]
fn Items(label: String, value: Signal<Mapped>, put: Callback<Mapped>) -> impl IntoView {
    let all = Memo::new(move |_| value.with(items).unwrap_or_default());
    let count = Memo::new(move |_| all.with(Vec::len));
    let change = move |edit: &dyn Fn(&mut Vec<Mapped>)| {
        let mut now = all.get_untracked();
        edit(&mut now);
        put.run(if now.is_empty() { Mapped::Omit } else { Mapped::List(now) });
    };
    let item = move |at: usize| {
        let value = Signal::derive(move || all.with(|all| all.get(at).cloned().unwrap_or(Mapped::Omit)));
        let set = Callback::new(move |new: Mapped| {
            change(&|all| {
                if let Some(item) = all.get_mut(at) {
                    *item = new.clone();
                }
            });
        });
        let name = t::item(at + 1);
        let (title, group, remove) = (name.clone(), name.clone(), t::remove(&name));
        view! {
            <div class="each" role="group" aria-label=group>
                <div class="each-head">
                    <b>{title}</b>
                    <span class="grow"></span>
                    <IconButton glyph=Glyph::Close label=remove small=true on:click=move |_| change(&|all| {
                        if at < all.len() {
                            all.remove(at);
                        }
                    })/>
                </div>
                <Pairs label=name value on_change=set add=t::ADD_FIELD bare=true/>
            </div>
        }
    };
    let add = move |_| change(&|all| all.push(fresh(all.last())));
    view! {
        <For each=move || 0..count.get() key=|at| *at children=item/>
        <div class="ed-more">
            <Button tone=Tone::Ghost small=true icon=Glyph::Plus on:click=add>{t::ADD_ITEM}<span class="sr-only">": "{label}</span></Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use expr::Source;
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_edited_by_what_they_hold() {
        let pill = Mapped::pill(Source::Event, ["rows".into()]);
        assert_eq!(shape(&Mapped::Omit), Shape::Items);
        assert_eq!(shape(&Mapped::Literal(json!([{"a": 1}, {"b": null}]))), Shape::Items);
        assert_eq!(shape(&Mapped::List(vec![pairs::object(vec![("a".into(), pill.clone())])])), Shape::Items);
        assert_eq!(shape(&pill), Shape::Data);
        assert_eq!(shape(&each::made(pill.clone(), Vec::new(), &[])), Shape::Data);
        // What holds more than names with values is left as it is.
        for deep in [json!([{"a": {"b": 1}}]), json!([[1]]), json!([1]), json!({"a": 1}), json!("text"), json!([{"a": []}, ""])] {
            assert_eq!(shape(&Mapped::Literal(deep.clone())), Shape::Json, "{deep}");
        }
        assert_eq!(shape(&Mapped::List(vec![pill])), Shape::Json);
        assert_eq!(shape(&Mapped::Null), Shape::Json);
    }

    #[test]
    fn a_new_item_has_the_names_of_the_one_before() {
        let before = Mapped::Literal(json!({"name": "Ada", "age": 36}));
        let names = |item: &Mapped| pairs::entries(item).unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&fresh(Some(&before))), ["name", "age"]);
        assert_eq!(names(&fresh(None)), [""]);
    }
}
