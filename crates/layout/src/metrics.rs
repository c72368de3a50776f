/// The measures of the canvas, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    pub node_w: f64,
    pub node_h: f64,
    /// Between a node and the next one below; the slot is in its middle.
    pub gap_y: f64,
    /// Between the columns of neighbouring arms.
    pub gap_x: f64,
    /// In which a line turns towards an arm or back.
    pub turn_h: f64,
    pub arm_label_h: f64,
    /// Between the edge of a frame and what stands in it.
    pub frame_pad: f64,
    /// Of a note: its first lines.
    pub note_h: f64,
    /// Below a note.
    pub note_gap: f64,
    /// Of rounded corners.
    pub radius: f64,
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics {
            node_w: 292.0,
            node_h: 66.0,
            gap_y: 38.0,
            gap_x: 68.0,
            turn_h: 44.0,
            arm_label_h: 22.0,
            frame_pad: 24.0,
            note_h: 58.0,
            note_gap: 14.0,
            radius: 14.0,
        }
    }
}
