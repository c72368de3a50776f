use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{StepKind, Store, StoreOp, StoreScope},
};

use crate::{
    editor::{
        mapping::MappedField,
        parts::{Count, Gives},
        problems::FieldProblems,
        state::use_editor,
    },
    text::editor as t,
    ui::{Choice, Segmented, Select},
};

/// Of a list that names no limit.
const LISTED: u64 = 100;
const MOST_LISTED: u64 = 1_000;

/// The stable name of an operation, as in the catalogue.
pub fn name_of(op: &StoreOp) -> &'static str {
    match op {
        StoreOp::Get => "get",
        StoreOp::Set { .. } => "set",
        StoreOp::Increment { .. } => "increment",
        StoreOp::AppendIfAbsent { .. } => "append_if_absent",
        StoreOp::List { .. } => "list",
        StoreOp::Delete => "delete",
        StoreOp::CompareAndSet { .. } => "compare_and_set",
    }
}

/// The value an operation keeps or adds.
fn value_of(op: &StoreOp) -> Option<&Mapped> {
    match op {
        StoreOp::Set { value } | StoreOp::AppendIfAbsent { value } | StoreOp::CompareAndSet { value, .. } => Some(value),
        _ => None,
    }
}

/// Another operation, with the value of the one before where both have one.
fn other(name: &str, before: &StoreOp) -> Option<StoreOp> {
    let value = value_of(before).cloned().unwrap_or(Mapped::text(""));
    Some(match name {
        "get" => StoreOp::Get,
        "set" => StoreOp::Set { value },
        "increment" => StoreOp::Increment { by: None },
        "append_if_absent" => StoreOp::AppendIfAbsent { value },
        "list" => StoreOp::List { limit: None },
        "delete" => StoreOp::Delete,
        "compare_and_set" => StoreOp::CompareAndSet { expected: Mapped::Omit, value },
        _ => return None,
    })
}

#[component]
pub fn StoreForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let store = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Store(store)) => store,
        _ => Store { scope: StoreScope::Workflow, key: Mapped::Omit, op: StoreOp::Get },
    });
    let id = StoredValue::new(id);
    let change = move |key: &str, edit: &dyn Fn(&mut Store)| {
        editor.update_kind(&id.get_value(), key, |kind| {
            if let StepKind::Store(store) = kind {
                edit(store);
            }
        });
    };
    let op = Memo::new(move |_| store.with(|store| name_of(&store.op)));
    let scope = Memo::new(move |_| store.with(|store| store.scope));
    let key = Signal::derive(move || store.with(|store| store.key.clone()));
    let put_key = move |new: Mapped| change("key", &|store| store.key = new.clone());
    let choices = t::STORE_OPS.iter().map(|(name, label, _)| Choice::new(*name, *label)).collect::<Vec<_>>();
    let about = move || t::STORE_OPS.iter().find(|(name, ..)| *name == op.get()).map_or("", |(.., about)| about);
    let gives =
        Signal::derive(move || t::STORE_GIVES.iter().find(|(name, _)| *name == op.get()).map_or(&[][..], |(_, gives)| gives));
    let choose = move |name: String| {
        change("op", &|store| {
            if let Some(new) = other(&name, &store.op) {
                store.op = new;
            }
        });
    };
    view! {
        <p class="ed-intro">{t::STORE_INTRO}</p>
        <div class="ed-field" data-field="op">
            <div class="ed-label"><span>{t::STORE_WHAT}</span></div>
            <Select value=Signal::derive(move || op.get().to_owned()) on_change=choose choices=Signal::stored(choices) label=t::STORE_WHAT/>
            <p class="ed-hint">{about}</p>
        </div>
        {move || {
            let (label, hint) = if op.get() == "list" { (t::STORE_PREFIX, t::STORE_PREFIX_HINT) } else { (t::STORE_KEY, "") };
            view! { <MappedField label=label.to_owned() value=key on_change=put_key placeholder=t::STORE_KEY_EXAMPLE hint required=op.get() != "list" at="key"/> }
        }}
        {move || {
            let op = op.get();
            view! { <Rest store op change=Callback::new(move |(key, edit): (String, Edit)| change(&key, &*edit))/> }
        }}
        <div class="ed-field" data-field="scope">
            <div class="ed-label"><span>{t::STORE_SCOPE}</span></div>
            <Segmented
                tabs=vec![(StoreScope::Workflow, t::STORE_WORKFLOW.to_owned()), (StoreScope::Workspace, t::STORE_WORKSPACE.to_owned())]
                selected=scope
                on_select=move |scope| change("scope", &|store| store.scope = scope)
                label=t::STORE_SCOPE
            />
            <p class="ed-hint">{t::STORE_TESTS}</p>
        </div>
        <Gives fields=gives/>
    }
}

/// A change of the step.
type Edit = Box<dyn Fn(&mut Store)>;

/// What the operation asks for beside the name.
#[component]
fn Rest(store: Memo<Store>, op: &'static str, change: Callback<(String, Edit)>) -> impl IntoView {
    let value = Signal::derive(move || store.with(|store| value_of(&store.op).cloned()).unwrap_or(Mapped::Omit));
    let put_value = Callback::new(move |new: Mapped| {
        let edit = move |store: &mut Store| {
            if let StoreOp::Set { value } | StoreOp::AppendIfAbsent { value } | StoreOp::CompareAndSet { value, .. } =
                &mut store.op
            {
                *value = new.clone();
            }
        };
        change.run(("value".into(), Box::new(edit)));
    });
    let by = Signal::derive(move || match store.get().op {
        StoreOp::Increment { by } => by.unwrap_or(Mapped::text("")),
        _ => Mapped::Omit,
    });
    let put_by = Callback::new(move |new: Mapped| {
        let kept = (new != Mapped::text("") && new != Mapped::Omit).then(|| as_number(new));
        change.run(("by".into(), Box::new(move |store| store.op = StoreOp::Increment { by: kept.clone() })));
    });
    let expected = Signal::derive(move || match store.get().op {
        StoreOp::CompareAndSet { expected, .. } => expected,
        _ => Mapped::Omit,
    });
    let put_expected = Callback::new(move |new: Mapped| {
        // Empty text is what "nothing there" looks like in a field.
        let kept = if new == Mapped::text("") { Mapped::Omit } else { new };
        let edit = move |store: &mut Store| {
            if let StoreOp::CompareAndSet { expected, .. } = &mut store.op {
                *expected = kept.clone();
            }
        };
        change.run(("expected".into(), Box::new(edit)));
    });
    let most = Signal::derive(move || match store.get().op {
        StoreOp::List { limit } => limit.map_or(LISTED, u64::from),
        _ => LISTED,
    });
    let put_most = Callback::new(move |n: u64| {
        let limit = u32::try_from(n).ok().filter(|_| n != LISTED);
        change.run(("limit".into(), Box::new(move |store| store.op = StoreOp::List { limit })));
    });
    match op {
        "set" => view! { <MappedField label=t::STORE_VALUE.to_owned() value on_change=put_value required=true at="value"/> }.into_any(),
        "append_if_absent" => {
            view! { <MappedField label=t::STORE_ADD_VALUE.to_owned() value on_change=put_value required=true at="value"/> }.into_any()
        }
        "increment" => {
            view! { <MappedField label=t::STORE_BY.to_owned() value=by on_change=put_by hint=t::STORE_BY_HINT placeholder="1" at="by"/> }.into_any()
        }
        "compare_and_set" => view! {
            <MappedField label=t::STORE_EXPECTED.to_owned() value=expected on_change=put_expected hint=t::STORE_EXPECTED_HINT at="expected"/>
            <MappedField label=t::STORE_VALUE.to_owned() value on_change=put_value required=true at="value"/>
        }
        .into_any(),
        "list" => view! {
            <div class="ed-field" data-field="limit">
                <div class="ed-label"><span>{t::STORE_MOST}</span></div>
                <Count label=t::STORE_MOST value=most on_change=put_most most=MOST_LISTED/>
                <FieldProblems at="limit"/>
            </div>
        }
        .into_any(),
        _ => ().into_any(),
    }
}

/// Fixed text that is a number as one.
fn as_number(value: Mapped) -> Mapped {
    match &value {
        Mapped::Literal(serde_json::Value::String(text)) => {
            serde_json::from_str::<serde_json::Number>(text.trim()).map_or(value, |number| Mapped::Literal(number.into()))
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_catalogue_can_be_chosen_and_says_what_it_gives() {
        for (name, ..) in t::STORE_OPS {
            let op = other(name, &StoreOp::Set { value: Mapped::text("kept") }).unwrap();
            assert_eq!(name_of(&op), *name);
            assert!(value_of(&op).is_none_or(|value| *value == Mapped::text("kept")));
            assert!(t::STORE_GIVES.iter().any(|(gives, _)| gives == name), "{name}");
        }
    }
}
