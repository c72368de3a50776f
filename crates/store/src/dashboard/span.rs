//! Which rows make up a stretch of time.

use super::{DAY, HOUR, MINUTE, QUARTER};

/// Rows of one width, from the one that begins at `since` to before the one at `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub width: i64,
    pub since: i64,
    pub until: i64,
}

fn down(at: i64, width: i64) -> i64 {
    at - at.rem_euclid(width)
}

fn up(at: i64, width: i64) -> i64 {
    down(at + width - 1, width)
}

/// The fewest rows that make up the time from `since` to before `until`, both in whole minutes: days in its middle, finer ones at its
/// ends. What lies after `now` has not happened, so rows may reach beyond it. Minutes from before `minutes_since` are no longer there:
/// an end in such a one is moved to its quarter of an hour.
pub(super) fn pieces(since: i64, until: i64, now: i64, minutes_since: i64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let coarse = |at: i64| if at < minutes_since { down(at, QUARTER) } else { down(at, MINUTE) };
    let until = if until > now { up(until, DAY) } else { coarse(until) };
    split(coarse(since), until, &[DAY, HOUR, QUARTER, MINUTE], &mut pieces);
    pieces
}

fn split(since: i64, until: i64, widths: &[i64], pieces: &mut Vec<Piece>) {
    let [width, finer @ ..] = widths else { return };
    if since >= until {
        return;
    }
    let (first, last) = (up(since, *width), down(until, *width));
    if first < last {
        split(since, first, finer, pieces);
        pieces.push(Piece { width: *width, since: first, until: last });
        split(last, until, finer, pieces);
    } else {
        split(since, until, finer, pieces);
    }
}

/// The widest rows of which every bucket between these edges is made up.
pub(super) fn width_of(edges: &[i64]) -> i64 {
    let fits = |width: &&i64| edges.iter().all(|edge| edge.rem_euclid(**width) == 0);
    *[DAY, HOUR, QUARTER, MINUTE].iter().find(fits).unwrap_or(&MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_every_minute_once() {
        let now = 100 * DAY + 5 * HOUR + 7 * MINUTE + 123;
        for (since, until) in [
            (now - 3 * HOUR, now),
            (3 * DAY + 17 * MINUTE, 9 * DAY + 5 * HOUR + MINUTE),
            (QUARTER, QUARTER + MINUTE),
            (DAY, 2 * DAY),
            (HOUR - MINUTE, HOUR + MINUTE),
            (5, 5),
        ] {
            let found = pieces(since, until, now, 0);
            let mut at = down(since, MINUTE);
            for piece in &found {
                assert_eq!(piece.since, at, "no gap and no overlap");
                assert!(piece.since.rem_euclid(piece.width) == 0 && piece.until.rem_euclid(piece.width) == 0);
                assert!(piece.until > piece.since);
                at = piece.until;
            }
            assert_eq!(at, down(until, MINUTE));
            let rows: i64 = found.iter().map(|piece| (piece.until - piece.since) / piece.width).sum();
            assert!(rows <= 2 * (14 + 3 + 23) + 100, "{rows} rows");
        }
    }

    #[test]
    fn rows_may_reach_into_the_future_but_not_into_forgotten_minutes() {
        let now = 10 * DAY + 5 * HOUR;
        let open = pieces(8 * DAY, now + 1, now, 0);
        assert_eq!(open, [Piece { width: DAY, since: 8 * DAY, until: 11 * DAY }]);
        let old = pieces(2 * DAY + MINUTE, 3 * DAY + 16 * MINUTE, now, 8 * DAY);
        assert!(old.iter().all(|piece| piece.width >= QUARTER));
        assert_eq!(old.first().map(|piece| piece.since), Some(2 * DAY));
        assert_eq!(old.last().map(|piece| piece.until), Some(3 * DAY + QUARTER));
    }

    #[test]
    fn buckets_are_made_of_the_widest_rows_that_fit() {
        assert_eq!(width_of(&[0, DAY, 2 * DAY]), DAY);
        assert_eq!(width_of(&[23 * HOUR, 47 * HOUR]), HOUR);
        assert_eq!(width_of(&[HOUR / 2, HOUR]), QUARTER);
        assert_eq!(width_of(&[MINUTE, HOUR]), MINUTE);
    }
}
