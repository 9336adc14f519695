//! Rows of a file sorted by their heads, looked up where they lie: nothing has to be read before the first look.

use std::cmp::Ordering;

/// The text of such a file: one row per line, the head first, then a tab and the rest. Comments (`#`) are at the top.
#[derive(Clone, Copy)]
pub(super) struct Sorted(pub(super) &'static str);

impl Sorted {
    /// The row of a head: the head as it lies there, and the rest.
    pub(super) fn row(self, head: &str) -> Option<(&'static str, &'static str)> {
        let Sorted(mut text) = self;
        while !text.is_empty() {
            let middle = text.len() / 2;
            let start = text.as_bytes()[..middle].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let end =
                text.as_bytes()[start..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| start + at);
            let row = split(&text[start..end]);
            text = match row.0.cmp(head) {
                Ordering::Equal => return Some(row),
                Ordering::Less => text.get(end + 1..).unwrap_or_default(),
                Ordering::Greater => &text[..start],
            };
        }
        None
    }

    /// The rows whose heads begin so, remarks left out.
    pub(super) fn beginning_with(self, beginning: &str) -> Sorted {
        let start = self.first_where(|head| head >= beginning);
        let rest = Sorted(&self.0[start..]);
        Sorted(&rest.0[..rest.first_where(|head| !head.starts_with(beginning))])
    }

    /// The place of the first row whose head meets a condition that all later heads meet.
    fn first_where(self, is_so: impl Fn(&str) -> bool) -> usize {
        let text = self.0;
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = text[low..middle].rfind('\n').map_or(low, |at| low + at + 1);
            let end = text[start..high].find('\n').map_or(high, |at| start + at + 1);
            let row = text[start..end].trim_end_matches('\n');
            if !row.starts_with('#') && is_so(split(row).0) {
                high = start;
            } else {
                low = end;
            }
        }
        low
    }

    pub(super) fn contains(self, head: &str) -> bool {
        self.row(head).is_some()
    }

    /// All rows.
    pub(super) fn rows(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.lines().filter(|line| !line.starts_with('#')).map(split)
    }
}

fn split(line: &'static str) -> (&'static str, &'static str) {
    line.split_once('\t').unwrap_or((line, ""))
}

#[cfg(test)]
mod tests {
    use super::Sorted;

    #[test]
    fn every_row_is_found_and_nothing_else() {
        let text = "# Heads and tails.\n# b comes before a.\na\tone two\nab\nb\tthree\nbb\tfour";
        for text in [Sorted(text), Sorted("x\ty\n"), Sorted("")] {
            for (head, rest) in text.rows() {
                assert_eq!(text.row(head), Some((head, rest)));
            }
        }
        for (beginning, rows) in [("", 4), ("a", 2), ("ab", 1), ("b", 2), ("bb", 1), ("A", 0), ("ac", 0), ("c", 0)] {
            assert_eq!(Sorted(text).beginning_with(beginning).rows().count(), rows, "{beginning}");
        }
        for missing in ["", "A", "aa", "abc", "bbb", "z", "1", "é"] {
            assert!(!Sorted(text).contains(missing), "{missing}");
        }
        assert_eq!(Sorted(text).row("b"), Some(("b", "three")));
    }
}
