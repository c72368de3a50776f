//! Identifiers. Rows have 64-bit, time-ordered ids that are shown as short prefixed text (`run_0h2k9v3m1t8a4`); parts of a
//! definition have short text ids that only need to be unique within it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// 2025-01-01T00:00:00Z in milliseconds: ids count from here.
pub const EPOCH_MS: i64 = 1_735_689_600_000;

/// Crockford's base 32, lower case: no letter that reads like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 13 digits of 5 bits hold 64 bits.
const DIGITS: usize = 13;

/// A text that is no identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind} id (expected `{kind}_` and {DIGITS} characters)")]
pub struct IdError {
    kind: &'static str,
    text: String,
}

fn encode(prefix: &str, id: i64) -> String {
    let bits = id.cast_unsigned();
    let mut out = String::with_capacity(prefix.len() + 1 + DIGITS);
    out.push_str(prefix);
    out.push('_');
    for digit in (0..DIGITS).rev() {
        out.push(ALPHABET[(bits >> (digit * 5) & 31) as usize] as char);
    }
    out
}

fn decode(prefix: &'static str, text: &str) -> Result<i64, IdError> {
    let error = || IdError { kind: prefix, text: text.chars().take(64).collect() };
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or_else(error)?;
    if digits.len() != DIGITS {
        return Err(error());
    }
    let mut bits: u64 = 0;
    for (at, byte) in digits.bytes().enumerate() {
        let value = ALPHABET.iter().position(|c| *c == byte).ok_or_else(error)? as u64;
        if at == 0 && value > 15 {
            return Err(error());
        }
        bits = bits << 5 | value;
    }
    Ok(bits.cast_signed())
}

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// The text before the underscore.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&encode($prefix, self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                decode($prefix, text).map($name)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": concat!("^", $prefix, "_[0-9a-z]{13}$") })
            }
        }
    )*};
}

row_id! {
    WorkspaceId = "ws";
    UserId = "usr";
    TokenId = "tok";
    WorkflowId = "wf";
    EventId = "evt";
    /// One request from outside, stored once; yields 0..n events.
    DeliveryId = "dlv";
    RunId = "run";
    ConnectionId = "con";
    SecretId = "sec";
    /// A webhook at a vendor.
    SubscriptionId = "sub";
    /// A request that a webhook got; one that became an event has the event's number.
    HookRequestId = "req";
    SampleId = "smp";
    SignalId = "sig";
    AuditId = "aud";
    JobId = "job";
    FolderId = "fld";
    AlertId = "alr";
    ChannelId = "chn";
    InviteId = "inv";
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.to_owned())
            }
        }
    )*};
}

text_id! {
    /// A step's id: unique in its definition, never changes, never shown. 1 to 40 of `a-z`, `0-9`, `_`.
    StepId;
    /// A trigger's id, as a step's.
    TriggerId;
    /// An arm of a branch, unique in its step.
    ArmId;
    /// A note of a definition, as a step's.
    NoteId;
    /// Where in a run a step stands: `send_b`, in a loop `loop_a[3].send_b`.
    StepPath;
}

impl StepPath {
    /// The id of the step the path ends in.
    pub fn step(&self) -> StepId {
        let last = self.0.rsplit('.').next().unwrap_or_default();
        StepId(last.split('[').next().unwrap_or_default().to_owned())
    }

    /// What stands before the ids of the steps in one iteration of this loop: `loop_a[3].` as in `loop_a[3].send_b`.
    pub fn iteration_prefix(&self, index: u32) -> String {
        format!("{}[{index}].", self.0)
    }

    /// The iterations the step stands in, the innermost first: the loop's path, and which.
    pub fn iterations(&self) -> impl Iterator<Item = (StepPath, u32)> {
        let mut rest = self.0.as_str();
        std::iter::from_fn(move || {
            let end = rest.rfind("].")?;
            let begin = rest[..end].rfind('[')?;
            let index = rest[begin + 1..end].parse().ok()?;
            rest = &rest[..begin];
            Some((StepPath(rest.to_owned()), index))
        })
    }
}

impl From<&StepId> for StepPath {
    fn from(step: &StepId) -> Self {
        StepPath(step.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for id in [0, 1, 42, i64::MAX, i64::MIN, -1, 248_832_123_456_789] {
            let text = RunId(id).to_string();
            assert_eq!(text.len(), 17);
            assert_eq!(text.parse(), Ok(RunId(id)));
        }
        assert!(RunId(1).to_string() < RunId(2).to_string(), "text keeps the order");
    }

    #[test]
    fn paths_name_the_iterations_around() {
        let path = StepPath("a[3].b[12].send".into());
        assert_eq!(path.step().0, "send");
        let around: Vec<_> = path.iterations().map(|(path, index)| (path.0, index)).collect();
        assert_eq!(around, [("a[3].b".to_owned(), 12), ("a".to_owned(), 3)]);
        assert_eq!(StepPath("a[3].b".into()).step().0, "b");
        assert_eq!(StepPath("a[3]".into()).step().0, "a");
        assert_eq!(StepPath("send".into()).iterations().count(), 0);
    }

    #[test]
    fn refuses_other_text() {
        for text in ["", "run_", "run_0", "wf_0000000000000", "run_000000000000u", "run_g000000000000", "run_00000000000000"] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}
