use serde::{Deserialize, Serialize};

/// What a member or a token may do in a workspace. Each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees workflows and runs.
    Viewer,
    /// Builds and tests workflows, manages connections.
    Maker,
    /// Turns workflows on and off, cancels and replays runs.
    Operator,
    /// Everything, members and tokens included.
    Owner,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Maker, Role::Operator, Role::Owner];

    /// The name kept in the database and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Maker => "maker",
            Role::Operator => "operator",
            Role::Owner => "owner",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
