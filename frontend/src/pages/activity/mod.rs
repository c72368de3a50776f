//! Who did what in the workspace, newest first.

mod row;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use model::{
    Role,
    api::{Activity, ActivityQuery, Cursor, Empty, ListActivity, ListMembers, Page as Rows},
};

use crate::{
    api::{call, encode},
    load::{Loaded, load},
    moment::now,
    session::use_session,
    shell::Page,
    text::{activity as t, settings},
    ui::{Button, Choice, EmptyState, Glyph, Icon, Select, Tone, use_toasts},
};
use row::ActivityRow;

const DAY_MS: i64 = 24 * 3_600_000;

/// The narrowed list, as the page's address says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Narrowed {
    what: String,
    who: String,
    days: Option<i64>,
}

impl Narrowed {
    fn address(&self) -> String {
        let pairs = [
            (!self.what.is_empty()).then(|| format!("what={}", encode(&self.what))),
            (!self.who.is_empty()).then(|| format!("who={}", encode(&self.who))),
            self.days.map(|days| format!("days={days}")),
        ];
        let pairs: Vec<String> = pairs.into_iter().flatten().collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    fn query(&self) -> ActivityQuery {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ActivityQuery {
            action: some(&self.what),
            actor: some(&self.who),
            since: self.days.map(|days| now().ms() - days * DAY_MS),
            ..ActivityQuery::default()
        }
    }
}

/// Back to the settings.
fn crumb() -> impl IntoView {
    view! { <a href="/settings">{settings::TITLE}</a> <Icon glyph=Glyph::ChevronRight/> }
}

#[component]
pub fn ActivityPage() -> impl IntoView {
    let session = use_session();
    view! {
        <Page title=t::TITLE.to_owned() crumb=crumb>
            {move || {
                if session.may(Role::Owner) {
                    view! { <Log/> }.into_any()
                } else {
                    view! { <EmptyState glyph=Glyph::Shield title=t::TITLE.to_owned() body=t::ONLY_OWNERS.to_owned()/> }.into_any()
                }
            }}
        </Page>
    }
}

#[component]
fn Log() -> impl IntoView {
    let params = use_query_map();
    let narrowed = Memo::new(move |_| {
        params.with(|params| {
            let text = |key: &str| params.get_str(key).unwrap_or_default().to_owned();
            Narrowed { what: text("what"), who: text("who"), days: text("days").parse().ok().filter(|days| *days > 0) }
        })
    });
    let navigate = StoredValue::new_local(use_navigate());
    let set = move |change: &dyn Fn(&mut Narrowed)| {
        let mut next = narrowed.get_untracked();
        change(&mut next);
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate.with_value(|go| go(&format!("/settings/activity{}", next.address()), options));
    };
    let loader = load(move || {
        let query = narrowed.get().query();
        async move { call::<ListActivity>((), &query, &Empty {}).await }
    });
    let toasts = use_toasts();
    let older = move |cursor: Cursor| {
        let query = ActivityQuery { cursor: Some(cursor), ..narrowed.get_untracked().query() };
        spawn_local(async move {
            match call::<ListActivity>((), &query, &Empty {}).await {
                Ok(page) => loader.update(|rows| {
                    rows.items.extend(page.items);
                    rows.next = page.next;
                }),
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let members = load(|| async { call::<ListMembers>((), &Empty {}, &Empty {}).await });
    let people = Memo::new(move |_| {
        let mut choices = vec![Choice::new("", t::EVERYBODY)];
        members.value.with(|members| {
            let known = members.iter().flat_map(|members| &members.items);
            choices.extend(known.map(|member| Choice::new(member.user.email.clone(), member.user.email.clone())));
        });
        choices.push(Choice::new("system", t::SYSTEM));
        // Somebody who is no member any more may still be asked for by the address.
        let who = narrowed.with(|narrowed| narrowed.who.clone());
        if !choices.iter().any(|choice| choice.value == who) {
            choices.push(Choice::new(who.clone(), t::actor(&who)));
        }
        choices
    });
    let whats: Vec<Choice> = std::iter::once(Choice::new("", t::EVERYTHING))
        .chain(t::GROUPS.iter().map(|(action, words)| Choice::new(*action, *words)))
        .collect();
    let times: Vec<Choice> = [("", t::ANY_TIME), ("1", t::LAST_DAY), ("7", t::LAST_WEEK), ("30", t::LAST_MONTH)]
        .map(|(days, words)| Choice::new(days, words))
        .into();
    view! {
        <div class="column wide">
            <div class="bar activity-bar">
                <Select
                    compact=true
                    label=t::FILTER_WHAT
                    choices=whats
                    value=Signal::derive(move || narrowed.with(|narrowed| narrowed.what.clone()))
                    on_change=move |value: String| set(&|narrowed| narrowed.what = value.clone())
                />
                <Select
                    compact=true
                    label=t::FILTER_WHO
                    choices=people
                    value=Signal::derive(move || narrowed.with(|narrowed| narrowed.who.clone()))
                    on_change=move |value: String| set(&|narrowed| narrowed.who = value.clone())
                />
                <Select
                    compact=true
                    label=t::FILTER_TIME
                    choices=times
                    value=Signal::derive(move || narrowed.with(|narrowed| narrowed.days.map(|days| days.to_string()).unwrap_or_default()))
                    on_change=move |value: String| set(&|narrowed| narrowed.days = value.parse().ok())
                />
            </div>
            <Loaded loader let:rows>
                {move || {
                    let Rows { items, next } = rows.get();
                    if items.is_empty() {
                        return view! { <EmptyState glyph=Glyph::List title=t::EMPTY_TITLE.to_owned() body=t::EMPTY.to_owned()/> }.into_any();
                    }
                    view! { <Table items/> {next.map(|cursor| view! {
                        <div class="more">
                            <Button tone=Tone::Ghost on:click=move |_| older(cursor.clone())>{t::OLDER}</Button>
                        </div>
                    })} }
                    .into_any()
                }}
            </Loaded>
        </div>
    }
}

#[component]
fn Table(items: Vec<Activity>) -> impl IntoView {
    view! {
        <div class="card activity">
            <table class="table">
                <thead><tr><th>{t::WHO}</th><th>{t::WHAT}</th><th class="end">{t::WHEN}</th></tr></thead>
                <tbody>{items.into_iter().map(|activity| view! { <ActivityRow activity/> }).collect_view()}</tbody>
            </table>
        </div>
    }
}
