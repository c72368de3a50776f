//! Why somebody may not use a connection, and whom to ask.

use std::fmt;

use model::{
    Place,
    api::{Connection, User},
    definition::Through,
    ids::ConnectionId,
};

/// A connection that only people who were chosen may use, and somebody else wanted it. As text, a sentence without its full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAllowed {
    pub connection: ConnectionId,
    pub label: String,
    /// Who can allow it, beside the workspace's owners.
    pub owner: Option<User>,
    /// The step or trigger that uses it, by its label, where one does.
    pub used_by: Option<(Place, String)>,
    wish: Wish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Use,
    /// Says who uses it.
    Share,
}

impl NotAllowed {
    /// That a step or trigger uses it, for a list of problems.
    pub fn to_use(connection: &Connection, by: &Through<'_>) -> Self {
        Self::new(connection, Some(by), Wish::Use)
    }

    pub(crate) fn new(connection: &Connection, by: Option<&Through<'_>>, wish: Wish) -> Self {
        NotAllowed {
            connection: connection.id,
            label: connection.label.clone(),
            owner: connection.owner.clone(),
            used_by: by.map(|by| (by.place.clone(), by.label.to_owned())),
            wish,
        }
    }
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = self.owner.as_ref().map(|owner| if owner.name.is_empty() { &owner.email } else { &owner.name });
        let label = &self.label;
        match (self.wish, owner) {
            (Wish::Share, Some(owner)) => {
                return write!(f, "only {owner}, to whom “{label}” belongs, and owners of the workspace say who may use it");
            }
            (Wish::Share, None) => return write!(f, "only owners of the workspace say who may use “{label}”"),
            (Wish::Use, _) => {}
        }
        match &self.used_by {
            Some((_, step)) => write!(f, "“{step}” uses the connection “{label}”, which only people who were chosen may use. ")?,
            None => write!(f, "only people who were chosen may use the connection “{label}”. ")?,
        }
        match owner {
            Some(owner) => write!(f, "Ask {owner}, to whom it belongs, or an owner of the workspace"),
            None => write!(f, "Ask an owner of the workspace"),
        }
    }
}
