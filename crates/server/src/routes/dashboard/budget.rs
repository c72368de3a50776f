use manifest::{LimitKey, RateLimit};

/// The tightest limit on all of an account's calls, as calls a minute; nothing where there is none.
pub(super) fn per_minute(limits: &[RateLimit]) -> Option<u64> {
    let of_the_account = |limit: &&RateLimit| {
        limit.operations.is_empty() && limit.per_s > 0 && matches!(limit.by, LimitKey::Account | LimitKey::App)
    };
    limits.iter().filter(of_the_account).map(|limit| (limit.requests.saturating_mul(60) / limit.per_s).max(1)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(requests: u64, per_s: u64) -> RateLimit {
        let json = serde_json::json!({ "requests": requests, "per_s": per_s, "by": "account" });
        serde_json::from_value(json).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_tightest_counts() {
        assert_eq!(per_minute(&[]), None);
        assert_eq!(per_minute(&[limit(100, 10), limit(250_000, 86_400)]), Some(173));
        assert_eq!(per_minute(&[limit(1, 3_600)]), Some(1), "less than one a minute is still one");
        let of_one = RateLimit { operations: vec!["send".into()], ..limit(1, 1) };
        assert_eq!(per_minute(&[of_one]), None, "a limit of one operation says little about the account");
    }
}
