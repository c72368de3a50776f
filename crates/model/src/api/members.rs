use serde::{Deserialize, Serialize};

use super::{Empty, Me, User, endpoint::*};
use crate::{
    Role, Timestamp,
    ids::{InviteId, UserId},
};

endpoints! {
    ListMembers: Get "/members" VIEWER, "Who belongs to the workspace, with their roles", (), Empty, Empty => Members;
    ChangeMember: Patch "/members/{id}" OWNER, "Change a member's role; tokens of theirs that may do more than that end", (UserId,), Empty, MemberChange => Member;
    RemoveMember: Delete "/members/{id}" OWNER, "Remove a member: their sessions and tokens end, and what they own goes to another one", (UserId,), HandOver, Empty => Removed;
    ListInvites: Get "/invites" OWNER, "Invitations that are still open, newest first", (), Empty, Empty => Invites;
    CreateInvite: Post "/invites" OWNER, "Invite somebody by a link that works once; it is shown once", (), Empty, NewInvite => CreatedInvite;
    RevokeInvite: Delete "/invites/{id}" OWNER, "Take an invitation back", (InviteId,), Empty, Empty => Empty;
    LookAtInvite: Post "/invites/look" PUBLIC, "What an invitation is to, for whoever has its link", (), Empty, InviteToken => InviteLook;
    AcceptInvite: Post "/invites/accept" PUBLIC, "Accept an invitation, with a new account or one's own; signs in", (), Empty, Acceptance => Me;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Members {
    /// The longest here first.
    pub items: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    pub user: User,
    pub role: Role,
    pub since: Timestamp,
    /// When a session of theirs was used last; absent while none is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// Connections they own: made by them, or handed over to them.
    pub connections: u64,
    /// API tokens of theirs that still work.
    pub tokens: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    pub role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct HandOver {
    /// The member who takes over what the leaving one owns; absent: whoever removes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<UserId>,
}

/// What a removal came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Removed {
    /// Connections that were handed over.
    pub connections: u64,
    /// Tokens that ended.
    pub tokens: u64,
    /// Sessions that ended.
    pub sessions: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invites {
    pub items: Vec<Invite>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invite {
    pub id: InviteId,
    pub role: Role,
    /// Only an account of this address may accept it; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub created_at: Timestamp,
    pub created_by: String,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    pub role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// 1 to 30.
    pub days: u32,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedInvite {
    pub invite: Invite,
    /// For whoever is invited; whoever has it can accept. Not shown again.
    pub url: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InviteToken {
    /// What stands behind `#` in the link.
    pub token: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InviteLook {
    pub workspace: String,
    pub role: Role,
    pub invited_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub expires_at: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    pub token: String,
    pub email: String,
    /// Of a new account; whoever has one keeps the name they have.
    #[serde(default)]
    pub name: String,
    /// At least 10 characters for a new account; that of the account where there is one.
    pub password: String,
}
