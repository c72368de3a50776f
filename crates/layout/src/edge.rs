//! SVG path data.

use std::fmt::Write as _;

use crate::viewport::Point;

/// A straight line downwards.
pub(crate) fn down(x: f64, from: f64, to: f64) -> String {
    format!("M{} {}V{}", Px(x), Px(from), Px(to))
}

/// From one column to another: down, across at the height `across`, down again, with rounded corners.
pub(crate) fn turn(from: Point, to: Point, across: f64, radius: f64) -> String {
    let dx = to.x - from.x;
    if dx.abs() < 0.5 {
        return down(from.x, from.y, to.y);
    }
    let r = radius.min(dx.abs() / 2.0).min(across - from.y).min(to.y - across).max(0.0);
    let side = dx.signum();
    let mut path = String::new();
    let Point { x, y } = from;
    let _ = write!(path, "M{} {}V{}Q{} {} {} {}", Px(x), Px(y), Px(across - r), Px(x), Px(across), Px(x + side * r), Px(across));
    let _ = write!(path, "H{}Q{} {} {} {}V{}", Px(to.x - side * r), Px(to.x), Px(across), Px(to.x), Px(across + r), Px(to.y));
    path
}

/// A length with at most two decimals.
struct Px(f64);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Adding zero turns -0 into 0.
        write!(f, "{}", (self.0 * 100.0).round() / 100.0 + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_rounded_corners() {
        let from = Point { x: 0.0, y: 10.0 };
        assert_eq!(turn(from, Point { x: -180.0, y: 54.0 }, 32.0, 14.0), "M0 10V18Q0 32 -14 32H-166Q-180 32 -180 46V54");
        assert_eq!(turn(from, Point { x: 0.0, y: 54.0 }, 32.0, 14.0), "M0 10V54");
        assert_eq!(
            turn(from, Point { x: 10.0, y: 54.0 }, 32.0, 14.0),
            "M0 10V27Q0 32 5 32H5Q10 32 10 37V54",
            "no wider than the turn"
        );
    }
}
