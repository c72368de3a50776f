//! Rows of the journal repeat the names of facts, and each other: packed with LZ4 against a dictionary of those names they take a
//! third. A row has its own length before it (LZ4 block, length as 32 bits, little-endian).

use crate::Error;

/// Part of the format: another text needs another format.
const DICTIONARY: &[u8] = include_bytes!("pack/journal.dict");
/// LZ4 makes at most so many bytes of one.
const MOST_PER_BYTE: usize = 255;

pub(crate) fn pack(plain: &[u8]) -> Vec<u8> {
    lz4_flex::block::compress_prepend_size_with_dict(plain, DICTIONARY)
}

/// What was packed. A damaged row may claim any length, so that is looked at before room is made for it.
pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>, Error> {
    let damaged = |why: &dyn std::fmt::Display| Error::Database(format!("a journal row cannot be unpacked: {why}"));
    let (length, _) = lz4_flex::block::uncompressed_size(packed).map_err(|e| damaged(&e))?;
    if length > packed.len().saturating_mul(MOST_PER_BYTE) {
        return Err(damaged(&"its length cannot be true"));
    }
    let plain = lz4_flex::block::decompress_size_prepended_with_dict(packed, DICTIONARY).map_err(|e| damaged(&e))?;
    if plain.len() == length { Ok(plain) } else { Err(damaged(&"it ends too early")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"[{"at":1700000000000,"kind":{"step_finished":{"path":"greet","output":{"v":{"name":"Ada"}}}}}]"#;

    #[test]
    fn what_was_packed_comes_back() {
        for plain in ["", "x", ROW, &ROW.repeat(1_000), "\u{0}\u{10ffff}"] {
            assert_eq!(unpack(&pack(plain.as_bytes())).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn names_of_facts_cost_little() {
        assert!(pack(ROW.as_bytes()).len() < ROW.len() / 2, "{} of {}", pack(ROW.as_bytes()).len(), ROW.len());
    }

    #[test]
    fn damage_is_told() {
        let packed = pack(ROW.as_bytes());
        for cut in 0..packed.len() {
            assert!(unpack(&packed[..cut]).is_err(), "{cut}");
        }
        let mut boastful = packed.clone();
        boastful[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(unpack(&boastful).is_err());
    }

    /// Rows that stand in databases are read with this very dictionary.
    #[test]
    fn the_dictionary_stays_as_it_is() {
        use sha2::Digest;
        assert_eq!(
            hex::encode(sha2::Sha256::digest(DICTIONARY)),
            "7afe6ed69b612b95acc9edc7bbf83bb69b1f5b81d0e24a75dbe9e42275a8b06f"
        );
    }
}
