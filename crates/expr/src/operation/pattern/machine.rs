//! A search that pays for each of its steps.
//!
//! The crate's own engines are linear in the text for one search, but not for all matches of a text, and cannot be stopped. This is
//! the same simulation of all ways at once (Pike's), over the automaton that crate builds, with the meter in its inner loop.

use regex_automata::nfa::thompson::{Compiler, Config, NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;

use crate::error::EvalError;
use crate::limits::Meter;
use crate::operation::argument::wrong;

/// Of the pattern, in characters.
const MOST_PATTERN: usize = 1_000;
/// Of the automaton, in bytes: `\w{100}` fits.
const MOST_AUTOMATON: usize = 4 * 1024 * 1024;
const MOST_NESTED: u32 = 50;
/// Steps of the simulation for one unit of fuel.
const STEPS_A_UNIT: usize = 8;

/// Where groups begin and end, in bytes of the text.
type Slots = Vec<Option<usize>>;

pub(super) struct Machine {
    automaton: NFA,
}

impl Machine {
    pub(super) fn new(pattern: &str, ignore_case: bool, meter: &mut Meter) -> Result<Self, EvalError> {
        if pattern.chars().count() > MOST_PATTERN {
            return Err(wrong("pattern", format!("The regular expression is longer than {MOST_PATTERN} characters.")));
        }
        meter.spend(pattern.len() * 16)?;
        let automaton = Compiler::new()
            .syntax(syntax::Config::new().case_insensitive(ignore_case).nest_limit(MOST_NESTED))
            .configure(Config::new().nfa_size_limit(Some(MOST_AUTOMATON)).which_captures(WhichCaptures::All))
            .build(pattern)
            .map_err(|error| match error.size_limit() {
                Some(_) => wrong("pattern", "The regular expression repeats too much: use smaller numbers."),
                None => wrong("pattern", format!("The regular expression cannot be read: {}", reason(&error))),
            })?;
        meter.spend(automaton.memory_usage() / 64)?;
        Ok(Machine { automaton })
    }

    pub(super) fn groups(&self) -> usize {
        self.automaton.group_info().all_group_len()
    }

    /// The first match at or after `from`: the first way in the pattern's order wins.
    pub(super) fn find(&self, text: &str, from: usize, meter: &mut Meter) -> Result<Option<Slots>, EvalError> {
        let bytes = text.as_bytes();
        let states = self.automaton.states().len();
        let (mut now, mut next) = (Threads::new(states), Threads::new(states));
        let mut found = None;
        for at in from..=bytes.len() {
            if found.is_none() && text.is_char_boundary(at) {
                let empty = vec![None; self.groups() * 2];
                self.follow(&mut now, self.automaton.start_anchored(), empty, bytes, at);
            }
            meter.spend(1 + now.steps / STEPS_A_UNIT)?;
            now.steps = 0;
            if now.list.is_empty() && found.is_some() {
                break;
            }
            for (state, slots) in std::mem::take(&mut now.list) {
                let to = match self.automaton.state(state) {
                    // A match within a character is none.
                    State::Match { .. } if text.is_char_boundary(at) => {
                        found = Some(slots);
                        // What stands behind it has lost.
                        break;
                    }
                    State::ByteRange { trans } => trans.matches(bytes, at).then_some(trans.next),
                    State::Sparse(sparse) => sparse.matches(bytes, at),
                    State::Dense(dense) => dense.matches(bytes, at),
                    _ => None,
                };
                if let Some(to) = to {
                    self.follow(&mut next, to, slots, bytes, at + 1);
                }
            }
            now.clear();
            std::mem::swap(&mut now, &mut next);
        }
        Ok(found)
    }

    /// Adds a thread for every state that is reached from `start` without reading.
    fn follow(&self, threads: &mut Threads, start: StateID, slots: Slots, bytes: &[u8], at: usize) {
        let mut open = vec![(start, slots)];
        while let Some((state, mut slots)) = open.pop() {
            threads.steps += 1 + slots.len() / 8;
            if std::mem::replace(&mut threads.seen[state.as_usize()], true) {
                continue;
            }
            threads.visited.push(state);
            match self.automaton.state(state) {
                State::Look { look, next } => {
                    if self.automaton.look_matcher().matches(*look, bytes, at) {
                        open.push((*next, slots));
                    }
                }
                State::Union { alternates } => open.extend(alternates.iter().rev().map(|next| (*next, slots.clone()))),
                State::BinaryUnion { alt1, alt2 } => {
                    open.push((*alt2, slots.clone()));
                    open.push((*alt1, slots));
                }
                State::Capture { next, slot, .. } => {
                    if let Some(place) = slots.get_mut(slot.as_usize()) {
                        *place = Some(at);
                    }
                    open.push((*next, slots));
                }
                State::Fail => {}
                _ => threads.list.push((state, slots)),
            }
        }
    }
}

/// The ways under way, the better first.
struct Threads {
    list: Vec<(StateID, Slots)>,
    seen: Vec<bool>,
    visited: Vec<StateID>,
    /// Taken since the meter was asked last.
    steps: usize,
}

impl Threads {
    fn new(states: usize) -> Self {
        Threads { list: Vec::new(), seen: vec![false; states], visited: Vec::new(), steps: 0 }
    }

    fn clear(&mut self) {
        self.list.clear();
        for state in self.visited.drain(..) {
            self.seen[state.as_usize()] = false;
        }
    }
}

/// The last line of the parser's report, which says what is wrong.
fn reason(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = deepest.to_string();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    format!("{}.", last.trim().trim_start_matches("error: ").trim_end_matches('.'))
}
