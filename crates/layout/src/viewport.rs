//! What part of the canvas is seen.

/// A point on the canvas or on the screen, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    /// Whether the two have a point in common.
    pub fn touches(&self, other: &Rect) -> bool {
        self.x <= other.x + other.w && other.x <= self.x + self.w && self.y <= other.y + other.h && other.y <= self.y + self.h
    }

    /// The smallest one around two points.
    pub fn around(a: Point, b: Point) -> Rect {
        Rect { x: a.x.min(b.x), y: a.y.min(b.y), w: (a.x - b.x).abs(), h: (a.y - b.y).abs() }
    }
}

pub const MIN_ZOOM: f64 = 0.2;
pub const MAX_ZOOM: f64 = 2.0;

/// Screen = canvas * `zoom` + (`x`, `y`), measured from the view's upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    pub x: f64,
    pub y: f64,
    pub zoom: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Viewport { x: 0.0, y: 0.0, zoom: 1.0 }
    }
}

impl Viewport {
    pub fn to_screen(self, at: Point) -> Point {
        Point { x: at.x * self.zoom + self.x, y: at.y * self.zoom + self.y }
    }

    pub fn to_world(self, at: Point) -> Point {
        Point { x: (at.x - self.x) / self.zoom, y: (at.y - self.y) / self.zoom }
    }

    /// The part of the canvas under a rectangle of the screen.
    pub fn area(self, screen: Rect) -> Rect {
        let Point { x, y } = self.to_world(Point { x: screen.x, y: screen.y });
        Rect { x, y, w: screen.w / self.zoom, h: screen.h / self.zoom }
    }

    /// The part of the canvas that a view of this size shows, and `margin` screen pixels around it, widened to whole tiles: while the view
    /// moves within a tile it stays the same.
    pub fn seen(self, view_w: f64, view_h: f64, margin: f64) -> Rect {
        /// Of a tile's side, in pixels of the canvas.
        const TILE: f64 = 256.0;
        let from = self.to_world(Point { x: -margin, y: -margin });
        let to = self.to_world(Point { x: view_w + margin, y: view_h + margin });
        let (left, top) = ((from.x / TILE).floor() * TILE, (from.y / TILE).floor() * TILE);
        Rect { x: left, y: top, w: (to.x / TILE).ceil() * TILE - left, h: (to.y / TILE).ceil() * TILE - top }
    }

    /// Moved by so many screen pixels.
    pub fn pan(self, dx: f64, dy: f64) -> Self {
        Viewport { x: self.x + dx, y: self.y + dy, ..self }
    }

    /// Zoomed by `factor`, within the limits, so that what is under the screen point stays there.
    pub fn zoom_about(self, at: Point, factor: f64) -> Self {
        let wanted = self.zoom * factor;
        let zoom = if wanted.is_finite() { wanted.clamp(MIN_ZOOM, MAX_ZOOM) } else { self.zoom };
        let world = self.to_world(at);
        Viewport { x: at.x - world.x * zoom, y: at.y - world.y * zoom, zoom }
    }

    /// Shows all of `bounds` with `padding` around it, never enlarged; what is too large even at the smallest zoom begins at the top.
    pub fn fit(bounds: Rect, view_w: f64, view_h: f64, padding: f64) -> Self {
        let room = |view: f64| (view - 2.0 * padding).max(1.0);
        let zoom = (room(view_w) / bounds.w.max(1.0)).min(room(view_h) / bounds.h.max(1.0)).clamp(MIN_ZOOM, 1.0);
        let x = view_w / 2.0 - (bounds.x + bounds.w / 2.0) * zoom;
        let y = ((view_h - bounds.h * zoom) / 2.0).max(padding) - bounds.y * zoom;
        Viewport { x, y, zoom }
    }

    /// Moved no further than needed for all of `area` to be seen with `padding` around it.
    pub fn reveal(self, area: Rect, view_w: f64, view_h: f64, padding: f64) -> Self {
        let from = self.to_screen(Point { x: area.x, y: area.y });
        let shift = |from: f64, size: f64, view: f64| {
            let to = from + size * self.zoom;
            if from < padding {
                padding - from
            } else if to > view - padding {
                (view - padding - to).max(padding - from)
            } else {
                0.0
            }
        };
        self.pan(shift(from.x, area.w, view_w), shift(from.y, area.h, view_h))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Point, b: Point) -> bool {
        (a.x - b.x).abs() < 1e-6 && (a.y - b.y).abs() < 1e-6
    }

    #[test]
    fn there_and_back() {
        let view = Viewport { x: 30.0, y: -12.5, zoom: 0.7 };
        for at in [Point { x: 0.0, y: 0.0 }, Point { x: -180.0, y: 4000.0 }] {
            assert!(near(view.to_world(view.to_screen(at)), at));
        }
    }

    #[test]
    fn what_lies_under_a_rectangle_of_the_screen() {
        let view = Viewport { x: 30.0, y: -20.0, zoom: 0.5 };
        let area = view.area(Rect { x: 30.0, y: 0.0, w: 100.0, h: 50.0 });
        assert_eq!(area, Rect { x: 0.0, y: 40.0, w: 200.0, h: 100.0 });
    }

    #[test]
    fn what_is_under_the_cursor_stays_there() {
        let at = Point { x: 311.0, y: 97.0 };
        let mut view = Viewport { x: 30.0, y: -12.5, zoom: 0.7 };
        let world = view.to_world(at);
        for factor in [1.1, 0.5, 0.01, 1e9, f64::NAN, f64::INFINITY, 0.9] {
            view = view.zoom_about(at, factor);
            assert!((MIN_ZOOM..=MAX_ZOOM).contains(&view.zoom), "{factor}");
            assert!(near(view.to_world(at), world), "{factor}");
        }
    }

    #[test]
    fn fits_all_of_it() {
        let bounds = Rect { x: -500.0, y: 0.0, w: 900.0, h: 2000.0 };
        let view = Viewport::fit(bounds, 800.0, 600.0, 20.0);
        let (from, to) = (view.to_screen(Point { x: -500.0, y: 0.0 }), view.to_screen(Point { x: 400.0, y: 2000.0 }));
        assert!(from.x >= 20.0 && from.y >= 19.999 && to.x <= 780.0 && to.y <= 580.001, "{from:?} {to:?}");
        let small = Viewport::fit(Rect { x: -146.0, y: 0.0, w: 292.0, h: 66.0 }, 800.0, 600.0, 20.0);
        assert_eq!((small.zoom, small.x), (1.0, 400.0), "never enlarged");
        let huge = Viewport::fit(Rect { x: 0.0, y: 0.0, w: 10.0, h: 1e6 }, 800.0, 600.0, 20.0);
        assert_eq!((huge.zoom, huge.y), (MIN_ZOOM, 20.0));
        let nothing = Viewport::fit(Rect::default(), 0.0, 0.0, 20.0);
        assert!(nothing.x.is_finite() && nothing.y.is_finite() && nothing.zoom > 0.0);
    }

    #[test]
    fn what_is_seen_changes_tile_by_tile() {
        let view = Viewport { x: 10.0, y: 10.0, zoom: 0.5 };
        let seen = view.seen(800.0, 600.0, 100.0);
        for at in [Point { x: -100.0, y: -100.0 }, Point { x: 900.0, y: 700.0 }] {
            let at = view.to_world(at);
            assert!(seen.touches(&Rect { x: at.x, y: at.y, w: 0.0, h: 0.0 }), "{at:?} {seen:?}");
        }
        assert_eq!(seen, view.pan(0.5, 0.5).seen(800.0, 600.0, 100.0));
        assert_ne!(seen, view.pan(300.0, 0.0).seen(800.0, 600.0, 100.0));
        assert!(!seen.touches(&Rect { x: seen.x + seen.w + 1.0, y: 0.0, w: 10.0, h: 10.0 }));
    }

    #[test]
    fn reveals_without_more_movement_than_needed() {
        let view = Viewport::default();
        let area = |y| Rect { x: 100.0, y, w: 292.0, h: 66.0 };
        assert_eq!(view.reveal(area(100.0), 800.0, 600.0, 20.0), view);
        assert_eq!(view.reveal(area(900.0), 800.0, 600.0, 20.0), view.pan(0.0, 600.0 - 20.0 - 966.0));
        assert_eq!(view.reveal(area(-50.0), 800.0, 600.0, 20.0), view.pan(0.0, 70.0));
    }
}
