use model::{
    Role,
    ids::{TokenId, UserId, WorkspaceId},
};

use crate::Error;

/// In which workspace, and on whose behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub workspace: WorkspaceId,
    pub actor: Actor,
    pub role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    User { id: UserId, email: String },
    Token { id: TokenId, name: String },
    System,
}

impl Scope {
    /// The product itself: job handlers, commands of the machine's owner.
    pub fn system(workspace: WorkspaceId) -> Self {
        Scope { workspace, actor: Actor::System, role: Role::Owner }
    }

    /// Refuses unless the actor has at least `role`.
    pub fn require(&self, role: Role) -> Result<(), Error> {
        if self.role >= role { Ok(()) } else { Err(Error::Forbidden { needed: role.as_str() }) }
    }
}

impl Actor {
    /// As written into journals and the audit list: an e-mail address, a token's name, or `system`.
    pub fn name(&self) -> String {
        match self {
            Actor::User { email, .. } => email.clone(),
            Actor::Token { name, .. } => format!("token {name}"),
            Actor::System => "system".into(),
        }
    }
}
