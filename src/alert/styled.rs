//! Text with how its parts look, folded to a number of columns. Pure.

use std::ops::Range;

use anstyle::Style;
use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A text in pieces that each look their own way.
#[derive(Debug, Default)]
pub(super) struct Styled {
    text: String,
    /// Where each piece ends, and its look.
    pieces: Vec<(usize, Style)>,
}

impl Styled {
    /// Adds a piece at the end.
    pub(super) fn push(&mut self, text: &str, style: Style) -> &mut Styled {
        self.text.push_str(text);
        self.pieces.push((self.text.len(), style));
        self
    }

    /// Its lines, each at most so many columns wide, with the codes of its looks if `colour`.
    pub(super) fn lines(&self, columns: usize, colour: bool) -> Vec<String> {
        fold(&self.text, columns).into_iter().map(|line| self.painted(line, colour)).collect()
    }

    fn painted(&self, line: Range<usize>, colour: bool) -> String {
        if !colour {
            return self.text[line].to_owned();
        }
        let mut shown = String::new();
        let mut start = 0;
        for &(end, style) in &self.pieces {
            let (from, to) = (start.max(line.start), end.min(line.end));
            if from < to {
                shown.push_str(&format!("{style}{}{style:#}", &self.text[from..to]));
            }
            start = end;
        }
        shown
    }
}

/// Where lines of at most so many columns stand in a text.
///
/// They break where Unicode allows it (UAX #14): after spaces and hyphens, between Chinese characters, never before a
/// full stop. A stretch without such a place is broken anywhere but within a character as people see it (UAX #29).
/// Spaces at which a line breaks belong to none.
fn fold(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut chances = linebreaks(text).map(|(at, _)| at).peekable();
    let (mut from, mut chance, mut used) = (0, 0, 0);
    for (at, character) in text.grapheme_indices(true) {
        while let Some(passed) = chances.next_if(|chance| *chance <= at) {
            chance = passed;
        }
        let wide = character.width();
        if used + wide > columns && at > from && character != " " {
            let next = if chance > from { chance } else { at };
            lines.push(trimmed(text, from..next));
            (from, used) = (next, text[next..at].width());
        }
        used += wide;
    }
    lines.push(trimmed(text, from..text.len()));
    lines.retain(|line| !line.is_empty());
    lines
}

/// Without the spaces at its end.
fn trimmed(text: &str, line: Range<usize>) -> Range<usize> {
    line.start..line.start + text[line.clone()].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, columns: usize, lines: &[&str]) {
        let found: Vec<&str> = fold(text, columns).into_iter().map(|line| &text[line]).collect();
        assert_eq!(found, lines, "in {columns} columns");
    }

    #[test]
    fn lines_break_where_each_script_breaks() {
        check("the office closes", 11, &["the office", "closes"]);
        check("the office closes", 10, &["the office", "closes"]);
        check("the  office", 4, &["the", "offi", "ce"]);
        check("a cross-border raid", 9, &["a cross-", "border", "raid"]);
        check("海港日报 — 卡塔尔计划关闭。", 14, &["海港日报 — 卡", "塔尔计划关闭。"]);
        // A full stop does not begin a line.
        check("卡塔尔计划。", 10, &["卡塔尔计", "划。"]);
        check("قطر تستأنف جهود وساطة", 12, &["قطر تستأنف", "جهود وساطة"]);
        check("", 10, &[]);
    }

    #[test]
    fn no_line_breaks_within_a_character() {
        check("e\u{301}e\u{301}e\u{301}", 2, &["e\u{301}e\u{301}", "e\u{301}"]);
        // A family is one character of two columns, a keycap and a white flag are as wide as any picture.
        check("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, &["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]);
        check("1️⃣1️⃣", 3, &["1️⃣", "1️⃣"]);
        check("🇶🇦🇶🇦", 3, &["🇶🇦", "🇶🇦"]);
    }
}
