//! Moments in text: RFC 3339 with an offset, nothing looser.

use model::Timestamp;

/// The last millisecond of the year 9999.
pub(crate) const LAST: Timestamp = Timestamp(253_402_300_799_999);

/// Reads `2026-01-31T09:05:07.123+01:00` (RFC 3339, section 5.6); digits beyond milliseconds are cut off.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes.len() < 20 || bytes.len() > 40 {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = &bytes[from..to];
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let mark = |at: usize, wanted: &[u8]| wanted.contains(&bytes[at]);
    if !(mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":") && mark(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // 60 is a leap second: it counts as the first of the next minute.
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut at = 19;
    let mut ms = 0;
    if bytes[at] == b'.' {
        let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        for place in 0..3 {
            let digit = if place < digits { i64::from(bytes[at + 1 + place] - b'0') } else { 0 };
            ms = ms * 10 + digit;
        }
        at += 1 + digits;
    }
    let offset_minutes = match bytes.get(at)? {
        b'Z' | b'z' if bytes.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if bytes.len() == at + 6 && bytes[at + 3] == b':' => {
            let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + (minute - offset_minutes) * 60 + second;
    Some(Timestamp(seconds * 1000 + ms))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin on 1 March, so that the leap day is a year's last.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_timestamps_print() {
        for ms in [0, -1, 951_782_400_000, 1_767_225_599_999, LAST.0, -62_000_000_000_000, 1_709_210_096_789] {
            assert_eq!(parse(&Timestamp(ms).rfc3339()), Some(Timestamp(ms)), "{}", Timestamp(ms).rfc3339());
        }
    }

    #[test]
    fn reads_offsets_and_fractions() {
        for (text, utc) in [
            ("2026-01-31T09:05:07+01:00", "2026-01-31T08:05:07.000Z"),
            ("2026-01-31t23:30:00.5-02:30", "2026-02-01T02:00:00.500Z"),
            ("2026-01-31 09:05:07.123456789z", "2026-01-31T09:05:07.123Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(parse(text).map(Timestamp::rfc3339).as_deref(), Some(utc), "{text}");
        }
    }

    #[test]
    fn refuses_everything_looser() {
        for text in [
            "",
            "tomorrow",
            "2026-01-31",
            "2026-01-31T09:05Z",
            "2026-01-31T09:05:07",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T09:05:07.Z",
            "2026-01-31T09:05:07+0100",
            "2026-01-31T09:05:07Z ",
            "31/12/2025 09:05:07Z",
            "2026-01-31T09:05:07+24:00",
            "２026-01-31T09:05:07Z",
            "2026-01-31T09:05:07ZZ",
            "1767225599999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
