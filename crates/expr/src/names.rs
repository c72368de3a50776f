//! Step ids and the slugs that raw expressions use for them.

use std::collections::HashMap;

/// The slugs of a workflow's steps, both ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    slugs: HashMap<String, String>,
    ids: HashMap<String, String>,
}

impl Names {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step, or gives a known one another slug.
    pub fn insert(&mut self, id: impl Into<String>, slug: impl Into<String>) {
        let (id, slug) = (id.into(), slug.into());
        if let Some(old) = self.slugs.insert(id.clone(), slug.clone())
            && self.ids.get(&old) == Some(&id)
        {
            self.ids.remove(&old);
        }
        self.ids.insert(slug, id);
    }

    pub fn slug_of(&self, id: &str) -> Option<&str> {
        self.slugs.get(id).map(String::as_str)
    }

    pub fn id_of(&self, slug: &str) -> Option<&str> {
        self.ids.get(slug).map(String::as_str)
    }
}
