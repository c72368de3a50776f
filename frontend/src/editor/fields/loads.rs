//! What accounts offer for fields: asked once per question while the page is open, and anew when somebody wants that.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use leptos::{prelude::*, reactive::graph::Observer, task::spawn_local};
use manifest::Field;
use model::{
    api::{AccountOptions, AccountQuestion, Empty, ListFields, ListOptions},
    ids::ConnectionId,
};

use crate::api::{Problem, call};

/// What is asked of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Options,
    Fields,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub connection: ConnectionId,
    pub what: What,
    pub asked: AccountQuestion,
}

impl Question {
    /// Equal questions have equal keys: the values stand in order of their names.
    fn key(&self) -> String {
        let asked = serde_json::to_string(&self.asked).unwrap_or_default();
        format!("{} {:?} {asked}", self.connection, self.what)
    }
}

#[derive(Debug, Clone)]
pub enum Answer {
    Waiting,
    Options(Arc<AccountOptions>),
    Fields(Arc<Vec<Field>>),
    Failed(Problem),
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Answer::Waiting, Answer::Waiting) => true,
            (Answer::Options(one), Answer::Options(other)) => Arc::ptr_eq(one, other),
            (Answer::Fields(one), Answer::Fields(other)) => Arc::ptr_eq(one, other),
            (Answer::Failed(one), Answer::Failed(other)) => one == other,
            _ => false,
        }
    }
}

/// Answers kept at once; typed searches would otherwise pile up.
const MOST: usize = 300;

/// Connection, form, field and value.
type Named = (ConnectionId, String, String, String);

thread_local! {
    static ANSWERS: RefCell<HashMap<String, ArcRwSignal<Answer>>> = RefCell::default();
    static LABELS: RefCell<HashMap<Named, String>> = RefCell::default();
    static LEARNED: ArcRwSignal<u32> = ArcRwSignal::new(0);
}

/// The answer to a question; the first who wants it asks.
pub fn ask(question: &Question) -> ArcRwSignal<Answer> {
    let key = question.key();
    if let Some(known) = ANSWERS.with_borrow(|answers| answers.get(&key).cloned()) {
        return known;
    }
    let answer = ArcRwSignal::new(Answer::Waiting);
    ANSWERS.with_borrow_mut(|answers| {
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(key, answer.clone());
    });
    fetch(question.clone(), answer.clone(), false);
    answer
}

/// Asks anew; whoever shows the answer waits again.
pub fn again(question: &Question) {
    let answer = ask(question);
    if answer.get_untracked() != Answer::Waiting {
        answer.set(Answer::Waiting);
        fetch(question.clone(), answer, true);
    }
}

/// Forgets refusals: a form that is opened anew asks again.
pub fn forgive() {
    ANSWERS.with_borrow_mut(|answers| answers.retain(|_, answer| !matches!(answer.get_untracked(), Answer::Failed(_))));
}

/// What a value is called in the account, as far as that was seen.
pub fn label(connection: ConnectionId, form: &str, field: &str, value: &str) -> Option<String> {
    // Also asked by what nobody draws again.
    if Observer::get().is_some() {
        LEARNED.with(Track::track);
    }
    let named = (connection, form.to_owned(), field.to_owned(), value.to_owned());
    LABELS.with_borrow(|labels| labels.get(&named).cloned())
}

/// `fresh`: the server, too, asks the account and not its memory.
fn fetch(question: Question, answer: ArcRwSignal<Answer>, fresh: bool) {
    spawn_local(async move {
        let Question { connection, what, asked } = &Question { asked: AccountQuestion { fresh, ..question.asked }, ..question };
        let told = match what {
            What::Options => call::<ListOptions>((*connection,), &Empty {}, asked).await.map(|options| {
                learn(*connection, asked, &options);
                Answer::Options(Arc::new(options))
            }),
            What::Fields => call::<ListFields>((*connection,), &Empty {}, asked).await.map(|fields| {
                // A field of a newer server that this page cannot read does not take the others away.
                let read = fields.items.into_iter().filter_map(|item| serde_json::from_value(item).ok());
                Answer::Fields(Arc::new(read.collect()))
            }),
        };
        answer.set(told.unwrap_or_else(Answer::Failed));
    });
}

fn learn(connection: ConnectionId, asked: &AccountQuestion, options: &AccountOptions) {
    LABELS.with_borrow_mut(|labels| {
        for option in &options.items {
            let named = (connection, asked.form.clone(), asked.field.clone(), option.value.clone());
            labels.insert(named, option.label.clone());
        }
    });
    LEARNED.with(|learned| learned.update(|count| *count = count.wrapping_add(1)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(field: &str, base: &str, search: Option<&str>) -> Question {
        Question {
            connection: ConnectionId(7),
            what: What::Options,
            asked: AccountQuestion {
                form: "list_records".into(),
                field: field.into(),
                input: [("base".to_owned(), json!(base))].into(),
                search: search.map(str::to_owned),
                fresh: false,
            },
        }
    }

    #[test]
    fn each_question_has_a_key_of_its_own() {
        let table = question("table", "app1", None);
        assert_eq!(table.key(), question("table", "app1", None).key());
        for other in [question("view", "app1", None), question("table", "app2", None), question("table", "app1", Some("x"))] {
            assert_ne!(table.key(), other.key());
        }
        assert_ne!(table.key(), Question { what: What::Fields, ..table.clone() }.key());
        assert_ne!(table.key(), Question { connection: ConnectionId(8), ..table.clone() }.key());
    }

    #[test]
    fn names_are_remembered_by_field() {
        let asked = question("table", "app1", None).asked;
        let option = model::api::AccountOption { value: "tbl1".into(), label: "Leads".into() };
        learn(ConnectionId(7), &asked, &AccountOptions { items: vec![option], more: false });
        assert_eq!(label(ConnectionId(7), "list_records", "table", "tbl1").as_deref(), Some("Leads"));
        assert_eq!(label(ConnectionId(7), "list_records", "view", "tbl1"), None);
        assert_eq!(label(ConnectionId(8), "list_records", "table", "tbl1"), None);
    }
}
