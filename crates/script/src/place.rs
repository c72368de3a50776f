//! Where in the maker's source an error comes from, read from the interpreter's stack text.

use crate::error::Place;

/// What the maker's source is called in stacks.
pub(crate) const FILE: &str = "code.js";

/// The innermost place of the maker's source in a stack such as `at pick (code.js:3:12)`. `before`: lines of ours above it;
/// `lines`: those of the source.
pub(crate) fn of_stack(stack: &str, before: u32, lines: u32) -> Option<Place> {
    stack.lines().find_map(|frame| {
        let (_, rest) = frame.rsplit_once(FILE)?;
        let mut numbers = rest.strip_prefix(':')?.trim_end_matches(')').split(':');
        let line: u32 = numbers.next()?.parse().ok()?;
        let column: u32 = numbers.next().and_then(|column| column.parse().ok()).unwrap_or(1);
        // An error in our own frame around the source is one at its end: a brace that is not closed.
        let line = line.checked_sub(before).filter(|line| *line > 0)?;
        Some(Place { line: line.min(lines.max(1)), column: column.max(1) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_frames() {
        let stack = "    at parse (native)\n    at pick (code.js:4:12)\n    at <anonymous> (code.js:9:1)\n";
        assert_eq!(of_stack(stack, 1, 9), Some(Place { line: 3, column: 12 }));
        assert_eq!(of_stack("    at code.js:2:5\n", 1, 9), Some(Place { line: 1, column: 5 }));
        assert_eq!(of_stack("    at code.js:99:5\n", 1, 9), Some(Place { line: 9, column: 5 }));
        for odd in ["", "at code.js", "at code.js:x:1", "at code.js:0:1", "at code.js:1:1", "at other.js:3:4"] {
            assert_eq!(of_stack(odd, 1, 9), None, "{odd}");
        }
    }
}
