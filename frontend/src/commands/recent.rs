//! What a person used last, kept in this browser under their id.

use crate::dom;

/// Of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// Entries of the palette.
    Commands,
    /// Choices of the picker.
    Steps,
    Triggers,
}

impl Used {
    fn key(self, person: &str) -> String {
        let name = match self {
            Used::Commands => "commands",
            Used::Steps => "steps",
            Used::Triggers => "triggers",
        };
        format!("patchbay-recent-{name}-{person}")
    }

    /// So many are remembered.
    fn most(self) -> usize {
        match self {
            Used::Commands => 12,
            Used::Steps | Used::Triggers => 6,
        }
    }
}

/// Their ids, the newest first.
pub fn read(used: Used, person: &str) -> Vec<String> {
    let text = dom::stored(&used.key(person)).unwrap_or_default();
    text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).take(used.most()).collect()
}

pub fn note(used: Used, person: &str, id: &str) {
    dom::store(&used.key(person), &noted(read(used, person), id, used.most()).join(","));
}

fn noted(mut list: Vec<String>, id: &str, most: usize) -> Vec<String> {
    // A comma would make two of it.
    if id.is_empty() || id.contains(',') {
        return list;
    }
    list.retain(|one| one != id);
    list.insert(0, id.to_owned());
    list.truncate(most);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stands_first_once() {
        let list = ["a", "b"].map(str::to_owned).to_vec();
        assert_eq!(noted(list.clone(), "b", 12), ["b", "a"]);
        assert_eq!(noted(list.clone(), "x,y", 12), list);
        let many = (0..40).fold(Vec::new(), |list, n| noted(list, &n.to_string(), 6));
        assert_eq!((many.len(), many[0].as_str()), (6, "39"));
    }
}
