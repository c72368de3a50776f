use std::fmt;

use zeroize::Zeroizing;

/// An opened secret. It is wiped from memory when dropped, and prints as nothing.
pub struct Revealed(pub(crate) Zeroizing<Vec<u8>>);

impl Revealed {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(hidden)")
    }
}
