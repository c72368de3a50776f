//! What an account offers for one field while its form is open: the question, the answer, and the search in it.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use manifest::Field;

use super::{
    Form,
    combobox::Said,
    loads::{self, Answer, Question, What},
    ready::{Ready, ready},
};
use crate::{editor::sight::use_sight, text::editor as t, ui::Choice};

/// How long a person must pause before the other side is asked, in milliseconds.
const PAUSE: Duration = Duration::from_millis(250);

#[derive(Clone, Copy)]
pub struct Offered {
    ready: Memo<Ready>,
    /// The whole list, as long as nobody searches.
    base: Memo<Option<Answer>>,
    found: Memo<Option<Answer>>,
    wanted: RwSignal<bool>,
    searched: RwSignal<String>,
    /// Counts keystrokes: only the last one asks.
    turn: StoredValue<u32>,
    /// Rises when somebody asks anew: the answer may be another one than the refusal that was shown.
    anew: RwSignal<u32>,
    pub searches: bool,
}

impl Offered {
    /// Nothing is asked before somebody wants it: at once when there is a value to be named.
    pub fn new(form: Form, field: &'static Field, what: What, at_once: bool) -> Self {
        loads::forgive();
        let sight = use_sight();
        let ready = Memo::new(move |_| ready(form, field, what, &sight.seen.get().0));
        let (wanted, searched, anew) = (RwSignal::new(at_once), RwSignal::new(String::new()), RwSignal::new(0_u32));
        let base = Memo::new(move |_| {
            anew.track();
            let question = ready.with(|ready| ready.question().cloned())?;
            wanted.get().then(|| loads::ask(&question).get())
        });
        let searches = field.options_from.as_ref().is_some_and(|from| from.searches);
        let found = Memo::new(move |_| {
            anew.track();
            let search = searched.get();
            if search.trim().is_empty() {
                return base.get();
            }
            let question = ready.with(|ready| ready.question().cloned())?;
            Some(loads::ask(&with_search(&question, &search)).get())
        });
        Offered { ready, base, found, wanted, searched, turn: StoredValue::new(0), anew, searches }
    }

    pub fn want(self) {
        self.wanted.set(true);
    }

    /// Asks the other side for what is typed, once the typing pauses.
    pub fn search(self, text: String) {
        if !self.searches {
            return;
        }
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        if text.trim().is_empty() {
            self.searched.set(text);
            return;
        }
        set_timeout(
            move || {
                if self.turn.try_get_value() == Some(turn) {
                    self.searched.set(text);
                }
            },
            PAUSE,
        );
    }

    /// Asks anew.
    pub fn again(self) {
        self.wanted.set(true);
        if let Some(question) = self.ready.with_untracked(|ready| ready.question().cloned()) {
            loads::again(&question);
            let search = self.searched.get_untracked();
            if !search.trim().is_empty() {
                loads::again(&with_search(&question, &search));
            }
            self.anew.update(|count| *count = count.wrapping_add(1));
        }
    }

    /// What stands in the way of asking.
    pub fn not_yet(self) -> Option<String> {
        self.ready.with(Ready::words)
    }

    pub fn is_busy(self) -> bool {
        matches!((self.base.get(), self.found.get()), (Some(Answer::Waiting), _) | (_, Some(Answer::Waiting)))
    }

    pub fn choices(self) -> Arc<Vec<Choice>> {
        match self.found.get() {
            Some(Answer::Options(options)) => {
                Arc::new(options.items.iter().map(|option| Choice::new(option.value.clone(), option.label.clone())).collect())
            }
            _ => Arc::default(),
        }
    }

    pub fn fields(self) -> Option<Arc<Vec<Field>>> {
        match self.base.get() {
            Some(Answer::Fields(fields)) => Some(fields),
            _ => None,
        }
    }

    /// What is said below the choices.
    pub fn said(self) -> Option<Said> {
        if let Some(words) = self.not_yet() {
            return Some(Said::Words(words));
        }
        match self.found.get()? {
            Answer::Waiting => Some(Said::Busy),
            Answer::Failed(problem) => Some(Said::Wrong(problem.message)),
            Answer::Options(options) if options.items.is_empty() && !self.searched.with(|text| text.trim().is_empty()) => {
                Some(Said::Words(t::NOTHING_FOUND.into()))
            }
            Answer::Options(options) if options.items.is_empty() => Some(Said::Words(t::NOTHING_IN_ACCOUNT.into())),
            Answer::Options(options) if options.more => {
                Some(Said::Words((if self.searches { t::MORE_IN_ACCOUNT_SEARCH } else { t::MORE_IN_ACCOUNT }).into()))
            }
            Answer::Fields(fields) if fields.is_empty() => Some(Said::Words(t::NOTHING_IN_ACCOUNT.into())),
            Answer::Options(_) | Answer::Fields(_) => None,
        }
    }

    /// Whether the whole list is known and lacks this value.
    pub fn lacks(self, value: &str) -> bool {
        match self.base.get() {
            Some(Answer::Options(options)) => !options.more && options.items.iter().all(|option| option.value != value),
            _ => false,
        }
    }

    /// A refusal, for those who see no list.
    pub fn refusal(self) -> Option<String> {
        match self.base.get() {
            Some(Answer::Failed(problem)) => Some(problem.message),
            _ => None,
        }
    }
}

fn with_search(question: &Question, search: &str) -> Question {
    let mut question = question.clone();
    question.asked.search = Some(search.trim().to_owned());
    question
}
