use model::ids::{RunId, StepPath};
use sha2::{Digest, Sha256};

/// The key one logical call carries through all its automatic retries: 32 hex digits. `request`: which of the operation's requests;
/// `round` rises when a person says "run it again".
pub fn idempotency_key(run: RunId, path: &StepPath, request: u32, round: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(b"patchbay call 1\0");
    hash.update(run.0.to_be_bytes());
    hash.update((path.0.len() as u64).to_be_bytes());
    hash.update(path.0.as_bytes());
    hash.update(request.to_be_bytes());
    hash.update(round.to_be_bytes());
    hex::encode(&hash.finalize()[..16])
}

/// A number from 0 to 1023 that looks random but follows from the key and the attempt.
pub(crate) fn jitter(key: &str, n: u32) -> u64 {
    // FNV-1a over key and attempt; its low bits alone are uneven, so the high ones are folded in.
    let hash = key
        .bytes()
        .chain(n.to_be_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash ^ hash >> 32 ^ hash >> 47) & 1023
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_stable_and_distinct() {
        let key = |run, path: &str, request, round| idempotency_key(RunId(run), &StepPath(path.into()), request, round);
        // Written down: a new release must continue old runs with the same keys.
        assert_eq!(key(1, "send", 0, 0), "81259e00ab0dcf6b0fae84a24d0b855b");
        let all = [key(1, "send", 0, 0), key(2, "send", 0, 0), key(1, "sent", 0, 0), key(1, "send", 1, 0), key(1, "send", 0, 1)];
        for (at, key) in all.iter().enumerate() {
            assert_eq!(key.len(), 32);
            assert!(!all[..at].contains(key));
        }
    }

    #[test]
    fn jitter_spreads() {
        let values: Vec<u64> = (1..200).map(|n| jitter("0123456789abcdef", n)).collect();
        assert!(values.iter().all(|v| *v < 1024));
        assert!(values.iter().any(|v| *v < 200) && values.iter().any(|v| *v > 800));
    }
}
