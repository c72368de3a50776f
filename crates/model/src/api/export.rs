use super::{Empty, EventsQuery, RunsQuery, endpoint::*};

endpoints! {
    ExportRunsCsv: Get "/runs/export.csv" VIEWER, "All runs that fit the filter as CSV, newest first", (), RunsQuery, Empty => Empty;
    ExportRunsJsonl: Get "/runs/export.jsonl" VIEWER, "All runs that fit the filter as JSON Lines, newest first", (), RunsQuery, Empty => Empty;
    ExportEventsCsv: Get "/events/export.csv" VIEWER, "All events that fit the filter as CSV, newest first, without their data", (), EventsQuery, Empty => Empty;
    ExportEventsJsonl: Get "/events/export.jsonl" VIEWER, "All events that fit the filter as JSON Lines, newest first, with their data", (), EventsQuery, Empty => Empty;
}
