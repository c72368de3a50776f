//! Spans and distances in time.

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// "< 1 ms", "640 ms", "1.2 s", "4 min 10 s", "3 h 12 min", "2 d 4 h".
pub fn span(ms: i64) -> String {
    match ms {
        ..=0 => "< 1 ms".into(),
        1..SECOND => format!("{ms} ms"),
        SECOND..10_000 => tenths(ms),
        10_000..MINUTE => format!("{} s", ms / SECOND),
        MINUTE..HOUR => two(ms / MINUTE, "min", ms % MINUTE / SECOND, "s"),
        HOUR..DAY => two(ms / HOUR, "h", ms % HOUR / MINUTE, "min"),
        _ => two(ms / DAY, "d", ms % DAY / HOUR, "h"),
    }
}

fn tenths(ms: i64) -> String {
    let tenths = ms / 100;
    if tenths % 10 == 0 { format!("{} s", tenths / 10) } else { format!("{}.{} s", tenths / 10, tenths % 10) }
}

fn two(big: i64, unit: &str, small: i64, smaller: &str) -> String {
    if small == 0 { format!("{big} {unit}") } else { format!("{big} {unit} {small} {smaller}") }
}

fn rough(ms: i64) -> String {
    match ms {
        ..MINUTE => format!("{} s", ms / SECOND),
        MINUTE..HOUR => format!("{} min", ms / MINUTE),
        HOUR..DAY => format!("{} h", ms / HOUR),
        _ => format!("{} d", ms / DAY),
    }
}

/// How long ago: "just now", "12 s ago", "3 d ago".
pub fn ago(ms: i64) -> String {
    if ms < 5 * SECOND { "just now".into() } else { format!("{} ago", rough(ms)) }
}

/// How far ahead: "in 4 min".
pub fn ahead(ms: i64) -> String {
    format!("in {}", rough(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_like_a_person_says_them() {
        for (ms, text) in [
            (0, "< 1 ms"),
            (640, "640 ms"),
            (1_000, "1 s"),
            (1_250, "1.2 s"),
            (30_100, "30 s"),
            (60_000, "1 min"),
            (250_000, "4 min 10 s"),
            (HOUR * 3 + MINUTE * 12, "3 h 12 min"),
            (DAY * 2, "2 d"),
        ] {
            assert_eq!(span(ms), text);
        }
        assert_eq!(ago(2_000), "just now");
        assert_eq!(ago(125_000), "2 min ago");
        assert_eq!(ahead(240_000), "in 4 min");
    }
}
