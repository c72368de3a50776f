//! The builder of conditions: rows of left, comparison and right; groups; or a raw expression.

use expr::{Condition, Op, Test};
use leptos::prelude::*;
use model::Mapped;

use super::{data::limits, mapping::MappedField, sight::use_sight, steps::fresh::empty_test};
use crate::{
    text::editor as t,
    ui::{Button, Choice, Glyph, Icon, IconButton, Select, Tone, coded},
};

/// Groups inside groups, at most.
const DEEPEST: usize = 3;

/// How a group's rows count together.
fn mode_of(condition: &Condition) -> &'static str {
    match condition {
        Condition::Any(_) => "any",
        Condition::Not(_) => "none",
        Condition::Expr(_) => "expr",
        _ => "all",
    }
}

fn rows_of(condition: &Condition) -> Vec<Condition> {
    match condition {
        Condition::All(rows) | Condition::Any(rows) => rows.clone(),
        Condition::Not(inner) => match inner.as_ref() {
            Condition::Any(rows) => rows.clone(),
            inner => vec![inner.clone()],
        },
        one => vec![one.clone()],
    }
}

fn group(mode: &str, rows: Vec<Condition>) -> Condition {
    match mode {
        "any" => Condition::Any(rows),
        "none" => Condition::Not(Box::new(Condition::Any(rows))),
        _ => Condition::All(rows),
    }
}

/// Whether a comparison still has nothing to look at, so that the condition says nothing yet.
pub fn is_open(condition: &Condition) -> bool {
    match condition {
        Condition::All(rows) | Condition::Any(rows) => rows.iter().any(is_open),
        Condition::Not(inner) => is_open(inner),
        Condition::Test(test) => test.left == Mapped::text("") || test.left == Mapped::Omit,
        Condition::Expr(source) => source.trim().is_empty(),
    }
}

/// A whole condition, with what it says of the sample.
#[component]
pub fn ConditionField(
    #[prop(into)] value: Signal<Condition>,
    #[prop(into)] on_change: Callback<Condition>,
    /// What comes before "all of these hold".
    #[prop(default = t::GOES_ON_IF)]
    lead: &'static str,
) -> impl IntoView {
    let sight = use_sight();
    let open = Memo::new(move |_| value.with(is_open));
    let passes = Memo::new(move |_| {
        let seen = sight.seen.get().0;
        seen.event.as_ref()?;
        Some(value.with(|value| expr::test(value, &seen.data, &limits())).map_err(|error| error.message))
    });
    view! {
        <div class="cond">
            <Group value on_change depth=0 lead/>
            {move || if open.get() { None } else { Some(match passes.get() {
                None => view! { <p class="verdict quiet"><Icon glyph=Glyph::Info/><span>{t::NO_SAMPLE_YET}</span></p> }.into_any(),
                Some(Ok(true)) => view! { <p class="verdict ok" role="status"><Icon glyph=Glyph::Check/><span>{t::SAMPLE_PASSES}</span></p> }.into_any(),
                Some(Ok(false)) => view! { <p class="verdict warn" role="status"><Icon glyph=Glyph::Ban/><span>{t::SAMPLE_STOPS}</span></p> }.into_any(),
                Some(Err(message)) => view! { <p class="verdict bad" role="status"><Icon glyph=Glyph::Alert/><span>{coded(&message)}</span></p> }.into_any(),
            })}}
        </div>
    }
}

#[component]
fn Group(
    #[prop(into)] value: Signal<Condition>,
    #[prop(into)] on_change: Callback<Condition>,
    depth: usize,
    lead: &'static str,
) -> impl IntoView {
    let mode = Memo::new(move |_| value.with(mode_of));
    let count = Memo::new(move |_| value.with(|value| rows_of(value).len()));
    let set_mode = Callback::new(move |new: String| {
        let now = value.get_untracked();
        on_change.run(match new.as_str() {
            "expr" => Condition::Expr(String::new()),
            _ if matches!(now, Condition::Expr(_)) => group(&new, vec![empty_test()]),
            new => group(new, rows_of(&now)),
        });
    });
    let change = move |edit: &dyn Fn(&mut Vec<Condition>)| {
        let now = value.get_untracked();
        let mut rows = rows_of(&now);
        edit(&mut rows);
        on_change.run(group(mode_of(&now), rows));
    };
    let row = move |at: usize| {
        let one =
            Signal::derive(move || value.with(|value| rows_of(value).get(at).cloned().unwrap_or(Condition::All(Vec::new()))));
        let put = Callback::new(move |new: Condition| {
            change(&|rows| {
                if let Some(row) = rows.get_mut(at) {
                    *row = new.clone();
                }
            });
        });
        let remove = Callback::new(move |()| {
            change(&|rows| {
                if at < rows.len() {
                    rows.remove(at);
                }
            });
        });
        let is_test = Memo::new(move |_| one.with(|one| matches!(one, Condition::Test(_))));
        view! {
            {move || (at > 0).then(|| view! { <span class="cond-join">{if mode.get() == "all" { t::AND } else { t::OR }}</span> })}
            {move || {
                if is_test.get() {
                    view! { <TestRow value=one on_change=put on_remove=remove/> }.into_any()
                } else {
                    view! {
                        <div class="cond-nested">
                            <Group value=one on_change=put depth=depth + 1 lead=t::GROUP_WHERE/>
                            <IconButton glyph=Glyph::Close label=t::REMOVE_GROUP.to_owned() small=true on:click=move |_| remove.run(())/>
                        </div>
                    }
                        .into_any()
                }
            }}
        }
    };
    let choices = vec![
        Choice::new("all", t::ALL_HOLD),
        Choice::new("any", t::ANY_HOLDS),
        Choice::new("none", t::NONE_HOLDS),
        Choice::new("expr", t::AN_EXPRESSION),
    ];
    let is_expr = Memo::new(move |_| mode.get() == "expr");
    view! {
        <div class="cond-group">
            <div class="cond-head">
                <span>{lead}</span>
                <Select
                    value=Signal::derive(move || mode.get().to_owned())
                    on_change=set_mode
                    choices=Signal::stored(choices)
                    label=t::HOW_ROWS_COUNT
                    compact=true
                />
            </div>
            {move || {
                if is_expr.get() {
                    view! { <RawRow value on_change/> }.into_any()
                } else {
                    view! {
                        <For each=move || 0..count.get() key=|at| *at children=row/>
                        {move || (count.get() == 0).then(|| view! { <p class="ed-hint">{t::EVERYTHING_PASSES}</p> })}
                        <div class="ed-more">
                            <Button tone=Tone::Ghost small=true icon=Glyph::Plus on:click=move |_| change(&|rows| rows.push(empty_test()))>
                                {t::ADD_CONDITION}
                            </Button>
                            {(depth + 1 < DEEPEST)
                                .then(|| {
                                    view! {
                                        <Button
                                            tone=Tone::Ghost
                                            small=true
                                            icon=Glyph::Plus
                                            on:click=move |_| change(&|rows| rows.push(Condition::Any(vec![empty_test()])))
                                        >
                                            {t::ADD_GROUP}
                                        </Button>
                                    }
                                })}
                        </div>
                    }
                        .into_any()
                }
            }}
        </div>
    }
    .into_any()
}

#[component]
fn RawRow(#[prop(into)] value: Signal<Condition>, on_change: Callback<Condition>) -> impl IntoView {
    let source = Signal::derive(move || match value.get() {
        Condition::Expr(source) => source,
        _ => String::new(),
    });
    view! {
        <textarea
            class="input mono area"
            rows="2"
            spellcheck="false"
            aria-label=t::AN_EXPRESSION
            placeholder=t::EXPRESSION_EXAMPLE
            prop:value=source
            on:input=move |event| on_change.run(Condition::Expr(event_target_value(&event)))
        ></textarea>
        <p class="ed-hint">{t::EXPRESSION_HINT}</p>
    }
}

#[component]
fn TestRow(value: Signal<Condition>, on_change: Callback<Condition>, on_remove: Callback<()>) -> impl IntoView {
    let sight = use_sight();
    let test = move || match value.get() {
        Condition::Test(test) => test,
        _ => Test { left: Mapped::text(""), op: Op::Equals, right: None },
    };
    let now = move || match value.get_untracked() {
        Condition::Test(test) => test,
        _ => Test { left: Mapped::text(""), op: Op::Equals, right: None },
    };
    let left = Signal::derive(move || test().left);
    let right = Signal::derive(move || test().right.unwrap_or(Mapped::text("")));
    let op = Memo::new(move |_| test().op);
    let name = |op: Op| serde_json::to_value(op).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    let set_op = Callback::new(move |new: String| {
        if let Some(op) = Op::ALL.into_iter().find(|op| name(*op) == new) {
            let before = now();
            let right = if op.takes_right() { before.right.or_else(|| Some(Mapped::text(""))) } else { None };
            on_change.run(Condition::Test(Test { op, right, left: before.left }));
        }
    });
    let holds = Memo::new(move |_| {
        let seen = sight.seen.get().0;
        seen.event.as_ref()?;
        // A row that is not filled in yet says nothing.
        let empty = value.with(|value| matches!(value, Condition::Test(test) if test.left == Mapped::text("")));
        if empty { None } else { value.with(|value| expr::test(value, &seen.data, &limits())).ok() }
    });
    let choices = Op::ALL.into_iter().map(|op| Choice::new(name(op), t::op(op))).collect::<Vec<_>>();
    view! {
        <div class="cond-row" class:ok=move || holds.get() == Some(true) class:no=move || holds.get() == Some(false)>
            <div class="cond-parts">
                <MappedField
                    label=t::VALUE_TO_LOOK_AT.to_owned()
                    value=left
                    on_change=Callback::new(move |left| on_change.run(Condition::Test(Test { left, ..now() })))
                    placeholder=t::CHOOSE_A_VALUE
                    bare=true
                />
                <Select value=Signal::derive(move || name(op.get())) on_change=set_op choices=Signal::stored(choices) label=t::COMPARISON compact=true/>
                <Show when=move || op.get().takes_right()>
                    <MappedField
                        label=t::COMPARE_WITH.to_owned()
                        value=right
                        on_change=Callback::new(move |right| on_change.run(Condition::Test(Test { right: Some(right), ..now() })))
                        placeholder=t::COMPARE_WITH
                        bare=true
                    />
                </Show>
            </div>
            <div class="cond-side">
                {move || holds.get().map(|holds| {
                    let (glyph, words) = if holds { (Glyph::Check, t::HOLDS) } else { (Glyph::Ban, t::DOES_NOT_HOLD) };
                    view! { <span class="cond-mark" class:ok=holds role="img" aria-label=words data-tip=words><Icon glyph/></span> }
                })}
                <IconButton glyph=Glyph::Close label=t::REMOVE_ROW.to_owned() small=true on:click=move |_| on_remove.run(())/>
            </div>
        </div>
    }
}
