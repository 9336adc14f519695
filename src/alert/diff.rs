//! What an edit changed, word by word. Pure.

/// The most words of each text that are compared: edits are mostly at the beginning of an article, and the table grows
/// with the square.
const WORDS_MAX: usize = 1500;

/// A stretch of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    /// In both.
    Kept(String),
    /// Only in the earlier.
    Gone(String),
    /// Only in the later.
    Come(String),
}

/// The words of two texts as stretches, by their longest common subsequence.
pub(super) fn diff(earlier: &str, later: &str) -> Vec<Stretch> {
    let words = |text: &'_ str| text.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (words(earlier), words(later));
    let table = common(&old, &new);
    let (mut at, mut to) = (0, 0);
    let mut stretches: Vec<Stretch> = Vec::new();
    while at < old.len() || to < new.len() {
        let kept = at < old.len() && to < new.len() && old[at] == new[to];
        let gone = to == new.len() || (at < old.len() && table[at + 1][to] >= table[at][to + 1]);
        let next = match (kept, gone) {
            (true, _) => Stretch::Kept(old[at].clone()),
            (_, true) => Stretch::Gone(old[at].clone()),
            _ => Stretch::Come(new[to].clone()),
        };
        at += usize::from(kept || gone);
        to += usize::from(kept || !gone);
        match (stretches.last_mut(), next) {
            (Some(Stretch::Kept(text)), Stretch::Kept(word))
            | (Some(Stretch::Gone(text)), Stretch::Gone(word))
            | (Some(Stretch::Come(text)), Stretch::Come(word)) => {
                text.push(' ');
                text.push_str(&word);
            }
            (_, next) => stretches.push(next),
        }
    }
    stretches
}

/// How many words two texts share from each pair of places on.
fn common(old: &[String], new: &[String]) -> Vec<Vec<u16>> {
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    for at in (0..old.len()).rev() {
        for to in (0..new.len()).rev() {
            table[at][to] = match old[at] == new[to] {
                true => table[at + 1][to + 1] + 1,
                false => table[at + 1][to].max(table[at][to + 1]),
            };
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(earlier: &str, later: &str, marked: &str) {
        let shown: Vec<String> = diff(earlier, later)
            .into_iter()
            .map(|stretch| match stretch {
                Stretch::Kept(text) => text,
                Stretch::Gone(text) => format!("[-{text}-]"),
                Stretch::Come(text) => format!("{{+{text}+}}"),
            })
            .collect();
        assert_eq!(shown.join(" "), marked);
    }

    #[test]
    fn an_edit_is_shown_word_by_word() {
        check("the office closes", "the office closes", "the office closes");
        check("the office may close", "the office will close today", "the office [-may-] {+will+} close {+today+}");
        check("", "all new", "{+all new+}");
        check("all gone", "", "[-all gone-]");
        check("33 dead in the flood", "41 dead in flood", "[-33-] {+41+} dead in [-the-] flood");
    }
}
