//! Where in a mapped tree something is, spelled only when somebody asks.

use crate::mapped::Seg;
use crate::path::spell;

#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    outer: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    pub(crate) const ROOT: Place<'static> = Place { outer: None, step: Step::Root };

    pub(crate) fn key<'b>(&'b self, key: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place { outer: Some(self), step: Step::Key(key) }
    }

    pub(crate) fn index<'b>(&'b self, index: usize) -> Place<'b>
    where
        'a: 'b,
    {
        Place { outer: Some(self), step: Step::Index(index) }
    }

    /// `fields.tags[3]`
    pub(crate) fn spell(&self) -> String {
        let mut path = Vec::new();
        let mut next = Some(self);
        while let Some(place) = next {
            match place.step {
                Step::Root => {}
                Step::Key(key) => path.push(Seg::Key(key.to_owned())),
                Step::Index(index) => path.push(Seg::Index(u32::try_from(index).unwrap_or(u32::MAX))),
            }
            next = place.outer;
        }
        path.reverse();
        spell("", &path)
    }
}
