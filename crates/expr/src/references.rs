//! Which data a tree refers to: for the picker, for checks and for the order of steps.

use crate::grammar;
use crate::limits::MAX_TREE_DEPTH;
use crate::mapped::{Condition, Mapped, Part, Pill, Seg, Source};
use crate::names::Names;
use crate::node::Node;
use crate::path::spell;

/// One use of data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Unknown root names of raw expressions are local names.
    pub source: Source,
    /// As far as it is fixed: `items[i].sku` with a computed `i` gives `items`.
    pub path: Vec<Seg>,
    /// As an expression spells it: `check.body.email`.
    pub raw: String,
}

/// Every use of data, in reading order, repeats included. Expressions that cannot be read have none.
pub fn references(mapped: &Mapped, names: &Names) -> Vec<Reference> {
    let mut reader = Reader { names, bound: Vec::new(), found: Vec::new() };
    reader.mapped(mapped, 0);
    reader.found
}

/// Every use of data in a condition.
pub fn condition_references(condition: &Condition, names: &Names) -> Vec<Reference> {
    let mut reader = Reader { names, bound: Vec::new(), found: Vec::new() };
    reader.condition(condition, 0);
    reader.found
}

struct Reader<'a> {
    names: &'a Names,
    /// Names bound by enclosing `Each`es.
    bound: Vec<&'a str>,
    found: Vec<Reference>,
}

impl<'a> Reader<'a> {
    fn mapped(&mut self, mapped: &'a Mapped, depth: usize) {
        if depth > MAX_TREE_DEPTH {
            return;
        }
        match mapped {
            Mapped::Literal(_) | Mapped::Omit | Mapped::Null => {}
            Mapped::Template(parts) => parts.iter().for_each(|part| match part {
                Part::Text(_) => {}
                Part::Pill(pill) => self.pill(pill),
                Part::Expr(source) => self.raw(source),
            }),
            Mapped::Expr(source) => self.raw(source),
            Mapped::Object(entries) => entries.iter().for_each(|entry| {
                self.mapped(&entry.key, depth + 1);
                self.mapped(&entry.value, depth + 1);
            }),
            Mapped::List(items) => items.iter().for_each(|item| self.mapped(item, depth + 1)),
            Mapped::Each(each) => {
                self.mapped(&each.over, depth + 1);
                self.bound.push(&each.name);
                if let Some(condition) = &each.keep_if {
                    self.condition(condition, depth + 1);
                }
                self.mapped(&each.item, depth + 1);
                self.bound.pop();
            }
        }
    }

    fn condition(&mut self, condition: &'a Condition, depth: usize) {
        if depth > MAX_TREE_DEPTH {
            return;
        }
        match condition {
            Condition::All(all) | Condition::Any(all) => all.iter().for_each(|condition| self.condition(condition, depth + 1)),
            Condition::Not(condition) => self.condition(condition, depth + 1),
            Condition::Test(test) => {
                self.mapped(&test.left, depth + 1);
                if let Some(right) = &test.right {
                    self.mapped(right, depth + 1);
                }
            }
            Condition::Expr(source) => self.raw(source),
        }
    }

    fn pill(&mut self, pill: &Pill) {
        let raw = spell(&root_name(&pill.source, self.names), &pill.path);
        self.found.push(Reference { source: pill.source.clone(), path: pill.path.clone(), raw });
    }

    fn raw(&mut self, source: &str) {
        if let Ok(node) = grammar::parse(source).as_ref() {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        if let Some((root, path)) = node.as_path() {
            let source = if self.bound.contains(&root) { Source::Local(root.to_owned()) } else { source_of(root, self.names) };
            self.found.push(Reference { source, raw: spell(root, &path), path });
            return;
        }
        node.children().into_iter().for_each(|child| self.node(child));
    }
}

/// What a root name stands for.
pub(crate) fn source_of(name: &str, names: &Names) -> Source {
    match name {
        "event" => Source::Event,
        "vars" => Source::Var,
        "run" => Source::Run,
        _ => names.id_of(name).map_or_else(|| Source::Local(name.to_owned()), |id| Source::Step(id.to_owned())),
    }
}

/// How a source is spelled: a step by its slug.
pub(crate) fn root_name(source: &Source, names: &Names) -> String {
    match source {
        Source::Event => "event".into(),
        Source::Var => "vars".into(),
        Source::Run => "run".into(),
        Source::Local(name) => name.clone(),
        Source::Step(id) => names
            .slug_of(id)
            .filter(|slug| crate::path::is_plain(slug))
            .map_or_else(|| spell("steps", &[Seg::Key(id.clone())]), str::to_owned),
    }
}
