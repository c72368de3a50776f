//! Three versions of one step, trigger or the settings, field by field.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{About, Choice, Conflict, Work, bodies};
use crate::compare::{
    Content, Path, Subject,
    shape::{Shape, lists, objects, shape},
};

pub(super) struct Sides<'a, 'w> {
    pub subject: &'a Subject,
    /// The tag of its kind.
    pub kind: &'a str,
    pub label: &'a str,
    pub work: &'a mut Work<'w>,
}

impl Sides<'_, '_> {
    /// The value of one place; nothing where it has none any more.
    pub(super) fn merge(
        &mut self,
        path: &mut Path,
        base: Option<&Value>,
        mine: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        if mine == theirs || theirs == base {
            return mine.cloned();
        }
        if mine == base {
            return theirs.cloned();
        }
        let (Some(one), Some(other)) = (mine, theirs) else { return self.whole(path, mine, theirs) };
        match shape(self.kind, path) {
            Shape::Object => {
                // Where the base has none, or one of another kind, every entry is new.
                let then = base.filter(|base| objects(&[base, one]).is_some());
                let Some(maps) = objects(&[one, other]) else { return self.whole(path, mine, theirs) };
                let then = then.and_then(Value::as_object);
                Some(Value::Object(self.entries(path, then, maps[0], maps[1])))
            }
            Shape::Keyed(key) => {
                let none = Value::Array(Vec::new());
                let Some(sides) = lists(key, &[base.unwrap_or(&none), one, other]) else { return self.whole(path, mine, theirs) };
                Some(Value::Array(self.items(path, &sides)))
            }
            Shape::Mapped | Shape::Condition | Shape::Plain => self.whole(path, mine, theirs),
        }
    }

    fn entries(
        &mut self,
        path: &mut Path,
        base: Option<&Map<String, Value>>,
        mine: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Map<String, Value> {
        let keys: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
        let mut merged = Map::new();
        for key in keys {
            path.push(key.clone());
            let value = self.merge(path, base.and_then(|base| base.get(key)), mine.get(key), theirs.get(key));
            path.pop();
            merged.extend(value.map(|value| (key.clone(), value)));
        }
        merged
    }

    fn items(&mut self, path: &mut Path, sides: &[Vec<(&str, &Value)>]) -> Vec<Value> {
        let of = |side: usize, key: &str| sides[side].iter().find(|(other, _)| *other == key).map(|(_, item)| *item);
        let keys: BTreeSet<&str> = sides[1].iter().chain(&sides[2]).map(|(key, _)| *key).collect();
        let mut merged = std::collections::BTreeMap::new();
        for key in keys {
            path.push(key.to_owned());
            let value = self.merge(path, of(0, key), of(1, key), of(2, key));
            path.pop();
            merged.extend(value.map(|value| (key.to_owned(), value)));
        }
        let order = |side: usize| {
            sides[side].iter().map(|(key, _)| (*key).to_owned()).filter(|key| merged.contains_key(key)).collect::<Vec<_>>()
        };
        let (base, mine, theirs) = (order(0), order(1), order(2));
        let order = bodies::order(&base, &mine, &theirs, || {
            let side = |keys: &[String]| Some(Content::Plain(keys.into()));
            self.tell(path.clone(), side(&mine), side(&theirs))
        });
        order.into_iter().filter_map(|key| merged.remove(&key)).collect()
    }

    /// Both changed it, and it has no parts of its own.
    pub(super) fn whole(&mut self, path: &[String], mine: Option<&Value>, theirs: Option<&Value>) -> Option<Value> {
        // Expressions were brought into line with mine before: the name itself is not worth a question.
        if path == ["slug"] {
            return mine.cloned();
        }
        let shape = shape(self.kind, path);
        let read = |side: Option<&Value>| side.map(|value| Content::read(shape, value));
        match self.tell(path.to_vec(), read(mine), read(theirs)) {
            Choice::Mine => mine.cloned(),
            Choice::Theirs => theirs.cloned(),
        }
    }

    fn tell(&mut self, path: Path, mine: Option<Content>, theirs: Option<Content>) -> Choice {
        self.work.tell(Conflict {
            subject: self.subject.clone(),
            kind: self.kind.to_owned(),
            label: self.label.to_owned(),
            about: About::Field { path, mine: Box::new(mine), theirs: Box::new(theirs) },
        })
    }
}
