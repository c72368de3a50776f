//! Names with values, where the account knows the names: each column or property is an input of its own.

use std::{collections::BTreeSet, sync::Arc};

use leptos::prelude::*;
use manifest::{Field, FieldKind};
use model::Mapped;

use super::{
    Form,
    combobox::{Combobox, Said},
    loads::What,
    offered::Offered,
    value::ValueField,
};
use crate::{
    editor::{
        mapping::{JsonField, pairs},
        problems::FieldProblems,
    },
    text::editor as t,
    ui::{Choice, Glyph, Icon, IconButton},
};

/// So many names of an account are shown at once; of more, those that are filled in.
const FEW: usize = 12;

/// One name with its input.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    field: Field,
    /// The account has it.
    known: bool,
    /// It can be taken away again.
    removable: bool,
}

/// A name that the account does not have, or not any more.
fn plain(name: &str) -> Field {
    Field {
        key: name.to_owned(),
        label: name.to_owned(),
        help: String::new(),
        placeholder: String::new(),
        kind: FieldKind::Text,
        required: false,
        default: None,
        advanced: false,
        secret_ok: false,
        secret: false,
        shown_when: None,
        format: None,
        options_from: None,
        fields_from: None,
        pattern: None,
        clearable: false,
    }
}

/// What is shown: the account's own order first, then what it does not know.
fn columns(account: &[Field], filled: &[(String, Mapped)], added: &BTreeSet<String>) -> Vec<Column> {
    let few = account.len() <= FEW;
    let is_filled = |key: &str| filled.iter().any(|(name, _)| name == key);
    let mut found: Vec<Column> = account
        .iter()
        .filter(|field| few || field.required || is_filled(&field.key) || added.contains(&field.key))
        .map(|field| Column { field: field.clone(), known: true, removable: !few && !field.required })
        .collect();
    let others = filled.iter().map(|(name, _)| name).chain(added);
    for name in others {
        if !name.is_empty() && found.iter().all(|column| &column.field.key != name) {
            found.push(Column { field: plain(name), known: false, removable: true });
        }
    }
    found
}

#[component]
pub fn ColumnsField(form: Form, field: &'static Field) -> impl IntoView {
    let key = field.key.as_str();
    let at = format!("input.{key}");
    let value = Signal::derive(move || form.input(key).unwrap_or(Mapped::Omit));
    let filled = Memo::new(move |_| value.with(pairs::entries));
    let whole = RwSignal::new(filled.with_untracked(Option::is_none));
    let added = RwSignal::new(BTreeSet::<String>::new());
    let offered = Offered::new(form, field, What::Fields, true);
    let account = Memo::new(move |_| offered.fields().unwrap_or_default());
    let shown = Memo::new(move |_| {
        let filled = filled.get().unwrap_or_default();
        account.with(|account| added.with(|added| columns(account, &filled, added)))
    });
    let put = move |name: &str, new: Option<Mapped>| {
        let mut rows = filled.get_untracked().unwrap_or_default();
        match (rows.iter_mut().find(|(one, _)| one == name), new) {
            (Some(row), Some(new)) => row.1 = new,
            (Some(_), None) => rows.retain(|(one, _)| one != name),
            (None, Some(new)) => rows.push((name.to_owned(), new)),
            (None, None) => return,
        }
        form.put(key, (!rows.is_empty()).then(|| pairs::object(rows)));
    };
    let column = move |column: Column| {
        let name = StoredValue::new(column.field.key.clone());
        let label = column.field.label.clone();
        let value = Signal::derive(move || {
            filled.with(|filled| {
                let rows = filled.as_deref().unwrap_or_default();
                name.with_value(|name| rows.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone()))
            })
        });
        let change = Callback::new(move |new: Option<Mapped>| {
            // An emptied input stays where it is.
            added.update(|added| _ = added.insert(name.get_value()));
            put(&name.get_value(), new);
        });
        let take_away = move |_| {
            added.update(|added| _ = added.remove(&name.get_value()));
            put(&name.get_value(), None);
        };
        let at = format!("input.{key}.{}", column.field.key);
        let unknown = !column.known;
        view! {
            <div class="account-field" class:plain=!column.removable>
                <ValueField field=column.field value on_change=change at has_data=form.has_data()/>
                {column.removable.then(|| view! {
                    <IconButton glyph=Glyph::Close label=t::remove(&label) small=true on:click=take_away/>
                })}
                // Until the account has answered nobody can say that.
                {move || (unknown && offered.fields().is_some()).then(|| view! {
                    <p class="ed-hint">{t::NAME_NOT_IN_ACCOUNT}</p>
                })}
            </div>
        }
    };
    let rest = Signal::derive(move || {
        let shown = shown.get();
        let is_shown = |key: &str| shown.iter().any(|column| column.field.key == key);
        let rest = account.get();
        let rest = rest.iter().filter(|field| !is_shown(&field.key));
        Arc::new(rest.map(|field| Choice::new(field.key.clone(), field.label.clone())).collect::<Vec<_>>())
    });
    let said = Signal::derive(move || match (offered.said(), rest.with(|rest| rest.is_empty())) {
        (None, true) => Some(Said::Words(t::ALL_NAMES_SHOWN.into())),
        (said, _) => said,
    });
    let add = move |name: String| {
        if !name.trim().is_empty() {
            added.update(|added| _ = added.insert(name.trim().to_owned()));
        }
    };
    let switch = move |_| {
        let to_whole = !whole.get_untracked();
        if !to_whole && filled.with_untracked(Option::is_none) {
            form.put(key, None);
        }
        whole.set(to_whole);
    };
    let put_whole = Callback::new(move |new: Mapped| form.put(key, super::value::non_empty(new)));
    let name = StoredValue::new(field.label.clone());
    let problems = at.clone();
    view! {
        <div class="ed-field columns" data-field=at>
            <div class="ed-label">
                <span>{field.label.clone()}{field.required.then(|| view! { " " <i>{t::REQUIRED}</i> })}</span>
                <span class="ed-label-words">
                    {form.has_data().then(|| view! {
                        <button type="button" class="link" on:click=switch>
                            {move || if whole.get() { t::FILL_IN_SINGLY } else { t::AS_JSON }}
                        </button>
                    })}
                    <IconButton
                        glyph=Glyph::Refresh
                        label=t::refresh_list(&name.get_value())
                        small=true
                        busy=Signal::derive(move || offered.is_busy())
                        disabled=Signal::derive(move || offered.not_yet().is_some())
                        on:click=move |_| offered.again()
                    />
                </span>
            </div>
            {move || if whole.get() {
                view! { <JsonField label=name.get_value() value on_change=put_whole bare=true/> }.into_any()
            } else {
                view! {
                    {move || offered.not_yet().map(|words| view! { <p class="prev quiet"><Icon glyph=Glyph::Info/><span>{words}</span></p> })}
                    {move || offered.refusal().map(|words| view! {
                        <p class="prev bad" role="alert">
                            <Icon glyph=Glyph::Alert/>
                            <span>{words}</span>
                            <button type="button" class="link" on:click=move |_| offered.again()>{crate::text::ui::TRY_AGAIN}</button>
                        </p>
                    })}
                    <div class="column-list" role="group" aria-label=name.get_value()>
                        <For
                            each=move || shown.get()
                            key=|column| (column.field.key.clone(), column.known, format!("{:?}", column.field.kind))
                            children=column
                        />
                    </div>
                    <Combobox
                        label=t::add_field_to(&name.get_value())
                        shown=""
                        options=rest
                        said
                        on_choose=add
                        on_open=Callback::new(move |()| offered.want())
                        on_retry=Callback::new(move |()| offered.again())
                        typed_words=t::add_name
                        placeholder=Signal::derive(|| t::ADD_A_NAME.to_owned())
                        adds=true
                    />
                }.into_any()
            }}
            <FieldProblems at=problems exact=true/>
            {(!field.help.is_empty()).then(|| view! { <p class="ed-hint">{field.help.clone()}</p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(count: usize) -> Vec<Field> {
        (0..count).map(|n| Field { required: n == 1, ..plain(&format!("f{n}")) }).collect()
    }

    fn keys(columns: &[Column]) -> Vec<(&str, bool, bool)> {
        columns.iter().map(|column| (column.field.key.as_str(), column.known, column.removable)).collect()
    }

    #[test]
    fn few_columns_are_all_shown_and_unknown_ones_are_kept() {
        let filled = vec![("f1".to_owned(), Mapped::text("x")), ("old".to_owned(), Mapped::text("y"))];
        let found = columns(&account(3), &filled, &BTreeSet::new());
        assert_eq!(keys(&found), [("f0", true, false), ("f1", true, false), ("f2", true, false), ("old", false, true)]);
    }

    #[test]
    fn of_many_those_in_use_are_shown_in_the_order_of_the_account() {
        let filled = vec![("f9".to_owned(), Mapped::text("x"))];
        let added = BTreeSet::from(["f4".to_owned(), "new".to_owned()]);
        let found = columns(&account(40), &filled, &added);
        assert_eq!(keys(&found), [("f1", true, false), ("f4", true, true), ("f9", true, true), ("new", false, true)]);
    }

    #[test]
    fn without_an_account_what_is_filled_in_is_shown() {
        let filled = vec![("b".to_owned(), Mapped::text("x")), (String::new(), Mapped::text("")), ("a".to_owned(), Mapped::Null)];
        assert_eq!(keys(&columns(&[], &filled, &BTreeSet::new())), [("b", false, true), ("a", false, true)]);
    }
}
