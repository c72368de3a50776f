//! Who may use a connection: everybody who makes workflows, or people who are named.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{Empty, ListMembers, Member, User},
    ids::UserId,
};

use crate::{
    api::call,
    load::load,
    session::use_session,
    text::sharing as t,
    ui::{Choice, Glyph, Icon, IconButton, Select, fresh_id},
};

/// Whom a connection is for, as a form has it before the connection is made.
#[derive(Clone, Copy)]
pub struct Whom {
    restricted: RwSignal<bool>,
    named: RwSignal<Vec<UserId>>,
}

impl Whom {
    /// `only`: as it was filled in before.
    pub fn new(only: Option<Vec<UserId>>) -> Self {
        Whom { restricted: RwSignal::new(only.is_some()), named: RwSignal::new(only.unwrap_or_default()) }
    }

    /// For the server: absent for everybody.
    pub fn only(self) -> Option<Vec<UserId>> {
        self.restricted.get_untracked().then(|| self.named.get_untracked())
    }
}

/// The members of the workspace; empty until they are read.
pub fn members() -> Signal<Vec<Member>> {
    let loader = load(|| async { call::<ListMembers>((), &Empty {}, &Empty {}).await });
    Signal::derive(move || loader.value.get().map(|members| members.items).unwrap_or_default())
}

/// Folded away in a form: for most connections everybody is right.
#[component]
pub fn WhomFold(whom: Whom) -> impl IntoView {
    let is_open = whom.restricted.get_untracked();
    let session = use_session();
    let me = session.me().and_then(|me| me.user).map(|user| user.id);
    let members = members();
    let named = Signal::derive(move || {
        let ids = whom.named.get();
        let known = members.get().into_iter().map(|member| member.user);
        known.filter(|user| ids.contains(&user.id)).collect::<Vec<_>>()
    });
    view! {
        <details class="fold sharing-fold" open=is_open>
            <summary>{t::WHO}</summary>
            <Sharing
                restricted=whom.restricted
                named
                members
                owner=Signal::stored(me)
                always=t::YOU_ALWAYS
                on_restrict=move |restricted| whom.restricted.set(restricted)
                on_add=move |id| whom.named.update(|named| named.push(id))
                on_remove=move |id| whom.named.update(|named| named.retain(|one| *one != id))
            />
        </details>
    }
}

/// The choice, and the list of people where it is only for some.
#[component]
pub fn Sharing(
    #[prop(into)] restricted: Signal<bool>,
    #[prop(into)] named: Signal<Vec<User>>,
    members: Signal<Vec<Member>>,
    /// They always may, and need not be named.
    #[prop(into)]
    owner: Signal<Option<UserId>>,
    /// Who else always may, in words.
    #[prop(into)]
    always: Signal<String>,
    #[prop(into)] on_restrict: Callback<bool>,
    #[prop(into)] on_add: Callback<UserId>,
    #[prop(into)] on_remove: Callback<UserId>,
) -> impl IntoView {
    let group = fresh_id("who");
    let option = move |only: bool, glyph: Glyph, label: &'static str, about: Signal<String>| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name=group.clone()
                    prop:checked=move || restricted.get() == only
                    on:change=move |_| on_restrict.run(only)
                />
                <Icon glyph/>
                <span><b>{label}</b><small>{about}</small></span>
            </label>
        }
    };
    view! {
        <div class="sharing">
            <div class="options" role="radiogroup" aria-label=t::WHO>
                {option(false, Glyph::Flow, t::EVERYBODY, Signal::stored(t::EVERYBODY_ABOUT.to_owned()))}
                {option(true, Glyph::Lock, t::ONLY, always)}
            </div>
            <Show when=move || restricted.get()>
                <Named named on_remove=Some(on_remove)/>
                <AddSomebody named members owner on_add/>
            </Show>
        </div>
    }
}

/// Who is named, each to be taken out where that is allowed.
#[component]
pub fn Named(named: Signal<Vec<User>>, on_remove: Option<Callback<UserId>>) -> impl IntoView {
    let row = move |user: User| {
        let (id, name) = (user.id, t::name_of(&user).to_owned());
        let email = (name != user.email).then(|| view! { <small class="muted cut">{user.email.clone()}</small> });
        let remove = on_remove.map(|on_remove| {
            view! { <IconButton glyph=Glyph::Close label=t::remove(&name) small=true on:click=move |_| on_remove.run(id)/> }
        });
        view! {
            <li class="line">
                <span class="line-icon"><Icon glyph=Glyph::Person/></span>
                <span class="line-words"><b class="cut"><bdi>{name.clone()}</bdi></b>{email}</span>
                {remove}
            </li>
        }
    };
    view! {
        <Show when=move || named.with(Vec::is_empty)>
            <p class="muted sharing-nobody">{t::NOBODY}</p>
        </Show>
        <Show when=move || named.with(|named| !named.is_empty())>
            <ul class="lines sharing-people" aria-label=t::NAMED>
                <For each=move || named.get() key=|user| (user.id, user.name.clone()) children=row/>
            </ul>
        </Show>
    }
}

/// Members who make workflows and are not named yet. Owners of the workspace need not be.
#[component]
fn AddSomebody(
    named: Signal<Vec<User>>,
    members: Signal<Vec<Member>>,
    owner: Signal<Option<UserId>>,
    on_add: Callback<UserId>,
) -> impl IntoView {
    let others = Memo::new(move |_| {
        let (named, owner) = (named.get(), owner.get());
        let mut others: Vec<User> = members
            .get()
            .into_iter()
            .filter(|member| matches!(member.role, Role::Maker | Role::Operator) && Some(member.user.id) != owner)
            .map(|member| member.user)
            .filter(|user| !named.iter().any(|one| one.id == user.id))
            .collect();
        others.sort_by_key(|user| t::name_of(user).to_lowercase());
        others
    });
    let choices = Signal::derive(move || {
        let mut choices = vec![Choice::new("", t::CHOOSE)];
        choices.extend(others.get().iter().map(|user| Choice::new(user.id.to_string(), t::with_email(user))));
        choices
    });
    let value = RwSignal::new(String::new());
    let add = move |chosen: String| {
        if let Ok(id) = chosen.parse() {
            on_add.run(id);
        }
        // Back to the first line once it is drawn, whatever comes of it.
        value.set(chosen);
        spawn_local(async move { _ = value.try_set(String::new()) });
    };
    let is_known = move || members.with(|members| !members.is_empty());
    view! {
        <Show when=move || others.with(|others| !others.is_empty())>
            <Select value choices label=t::ADD on_change=add/>
        </Show>
        <Show when=move || is_known() && others.with(Vec::is_empty)>
            <p class="muted small">{t::ALL_NAMED}</p>
        </Show>
    }
}
