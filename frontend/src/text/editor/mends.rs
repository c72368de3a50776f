//! Mending problems by one click.

use manifest::MendKind;

use crate::text::quoted;

pub const MENDED: &str = "Mended. Undo takes it back.";

/// What a button that mends says.
pub fn mend(kind: &MendKind) -> String {
    match kind {
        MendKind::UseConnection { label } => format!("Use {}", quoted(label)),
        MendKind::RemoveConnection => "Take the connection off".into(),
        MendKind::UseName { name } => format!("Use {}", quoted(name)),
        MendKind::UseData { name, from } => format!("Use {name} from {}", quoted(from)),
        MendKind::MoveBefore { label } => format!("Move {} before it", quoted(label)),
        MendKind::SwitchOn { label } => format!("Switch {} on", quoted(label)),
        MendKind::Remove { label } => format!("Remove {}", quoted(label)),
        MendKind::UseErrorBody => "Let failed elements go through them".into(),
        MendKind::TakeVersion { version } => format!("Take over version {version}"),
        MendKind::RemoveSetting => "Remove the setting".into(),
    }
}

/// For a screen reader, which hears the button without its row.
pub fn mend_of(step: &str, kind: &MendKind) -> String {
    format!("{}: {}", step, mend(kind))
}
