//! A value that is a list: one entry per element of another list.

use std::sync::Arc;

use expr::{Data, Each, Outcome, evaluate};
use leptos::prelude::*;
use model::{Condition, Mapped};
use serde_json::Value;

use super::{Expects, JsonField, MappedField, Pairs, pairs, tree};
use crate::{
    editor::{
        condition::ConditionField,
        data::limits,
        parts::Toggle,
        scope::{Local, What},
        sight::use_sight,
        steps::fresh::empty_test,
    },
    text::editor as t,
    ui::{Glyph, Icon, Segmented},
};

/// The name an entry is known by, unless a loop around has it already.
pub const ENTRY: &str = "item";

/// A list with one entry per element of `over`: the element, or what stands at `rest` in it. `taken`: names that mean something else
/// here.
pub fn made(over: Mapped, rest: Vec<expr::Seg>, taken: &[Local]) -> Mapped {
    let is_free = |name: &str| !taken.iter().any(|local| local.name == name);
    let name = if is_free(ENTRY) {
        ENTRY.to_owned()
    } else {
        (2..).map(|n| format!("{ENTRY}{n}")).find(|name| is_free(name)).unwrap_or_else(|| ENTRY.to_owned())
    };
    let item = Mapped::pill(expr::Source::Local(name.clone()), rest);
    Mapped::Each(Box::new(Each { over, name, item, keep_if: None }))
}

#[component]
pub fn EachField(label: Signal<String>, value: Signal<Mapped>, on_change: Callback<Mapped>) -> impl IntoView {
    let sight = use_sight();
    let each = Memo::new(move |_| match value.get() {
        Mapped::Each(each) => Some(*each),
        _ => None,
    });
    let change = move |edit: &dyn Fn(&mut Each)| {
        if let Some(mut now) = each.get_untracked() {
            edit(&mut now);
            on_change.run(Mapped::Each(Box::new(now)));
        }
    };
    let over = Signal::derive(move || each.get().map_or(Mapped::Omit, |each| each.over));
    let name = Memo::new(move |_| each.get().map(|each| each.name).unwrap_or_default());
    let element = Memo::new(move |_| {
        let seen = sight.seen.get().0;
        each.with(|each| each.as_ref().and_then(|each| first(&each.over, &seen.data)).map(Arc::new))
    });
    let inner = sight.with(move |_| Local { name: name.get(), value: element.get(), what: What::Entry });
    let sample = Memo::new(move |_| {
        let seen = sight.seen.get().0;
        match value.with(|value| evaluate(value, &seen.data, &limits())).ok()?.outcome {
            Outcome::Value(Value::Array(items)) if items.is_empty() => Some(t::NOTHING_LEFT.to_owned()),
            Outcome::Value(Value::Array(items)) => Some(format!("{}: {}", t::items(items.len()), tree::preview(&items[0]))),
            _ => None,
        }
    });
    let back = move |_| on_change.run(over.get_untracked());
    view! {
        <div class="each" role="group" aria-label=move || format!("{}: {}", label.get(), t::EACH_TITLE)>
            <div class="each-head">
                <Icon glyph=Glyph::Repeat/>
                <b>{t::EACH_TITLE}</b>
                <button type="button" class="link" data-tip=t::EACH_PLAIN_ABOUT on:click=back>{t::EACH_PLAIN}</button>
            </div>
            <MappedField
                label=t::EACH_LIST.to_owned()
                value=over
                on_change=move |new: Mapped| change(&|each| each.over = new.clone())
                expects=Expects::List
            />
            <Entry inner each on_change/>
            {move || sample.get().map(|text| view! { <p class="prev"><span aria-hidden="true">"→"</span><b>{text}</b></p> })}
        </div>
    }
}

/// The first element of a list, where the sample has one.
fn first(over: &Mapped, data: &Data) -> Option<Value> {
    match evaluate(over, data, &limits()).ok()?.outcome {
        Outcome::Value(Value::Array(items)) => items.into_iter().next(),
        _ => None,
    }
}

/// What an element becomes, and which are kept: these fields know the element.
#[component]
fn Entry(inner: crate::editor::sight::Sight, each: Memo<Option<Each>>, on_change: Callback<Mapped>) -> impl IntoView {
    provide_context(inner);
    let change = move |edit: &dyn Fn(&mut Each)| {
        if let Some(mut now) = each.get_untracked() {
            edit(&mut now);
            on_change.run(Mapped::Each(Box::new(now)));
        }
    };
    let item = Signal::derive(move || each.get().map_or(Mapped::Omit, |each| each.item));
    let put = Callback::new(move |new: Mapped| change(&|each| each.item = new.clone()));
    let as_fields = Memo::new(move |_| item.with(|item| matches!(item, Mapped::Object(_))));
    let flat = Memo::new(move |_| item.with(|item| pairs::entries(item).is_some()));
    let choose = move |fields: bool| {
        if fields != as_fields.get_untracked() {
            put.run(if fields { pairs::object(vec![(String::new(), Mapped::text(""))]) } else { Mapped::text("") });
        }
    };
    let filtered = Memo::new(move |_| each.with(|each| each.as_ref().is_some_and(|each| each.keep_if.is_some())));
    let keep_if = Signal::derive(move || each.get().and_then(|each| each.keep_if).unwrap_or(Condition::All(Vec::new())));
    let filter = move |on: bool| change(&|each| each.keep_if = on.then(|| Condition::All(vec![empty_test()])));
    view! {
        <div class="ed-field">
            <div class="ed-label">
                <span>{t::EACH_ENTRY}</span>
                <Segmented
                    tabs=vec![(true, t::EACH_AS_FIELDS.to_owned()), (false, t::EACH_AS_VALUE.to_owned())]
                    selected=as_fields
                    on_select=choose
                    label=t::EACH_SHAPE
                />
            </div>
            {move || match (as_fields.get(), flat.get()) {
                (true, true) => view! { <Pairs label=t::EACH_ENTRY.to_owned() value=item on_change=put add=t::ADD_FIELD bare=true/> }.into_any(),
                (true, false) => view! { <JsonField label=t::EACH_ENTRY.to_owned() value=item on_change=put bare=true/> }.into_any(),
                (false, _) => view! { <MappedField label=t::EACH_ENTRY.to_owned() value=item on_change=put bare=true/> }.into_any(),
            }}
        </div>
        <Toggle label=t::EACH_FILTER on=filtered on_change=filter>
            <ConditionField value=keep_if lead=t::EACH_FILTER_LEAD on_change=move |new: Condition| change(&|each| each.keep_if = Some(new.clone()))/>
        </Toggle>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_does_not_hide_the_element_of_the_loop_around() {
        let name = |taken: &[Local]| match made(Mapped::text(""), Vec::new(), taken) {
            Mapped::Each(each) => each.name,
            _ => String::new(),
        };
        let taken = Local { name: "item".into(), value: None, what: What::Entry };
        assert_eq!(name(&[]), "item");
        assert_eq!(name(&[taken]), "item2");
    }
}
