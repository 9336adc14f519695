//! Words given in part: wildcards and fuzzy words, tried once on each form a text brings.

use crate::text::form::spelling;

/// A wildcard or a fuzzy word.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Pattern {
    /// Folded, `*` for any letters, `?` for one.
    Glob(Vec<char>),
    /// One edit away at most, the first letter kept; folded.
    Fuzzy(String),
}

impl Pattern {
    /// A wildcard as written.
    pub(super) fn glob(written: &str) -> Pattern {
        let mut glob = Vec::new();
        for part in written.split_inclusive(['*', '?']) {
            glob.extend(spelling(part).chars());
            glob.extend(part.chars().next_back().filter(|c| matches!(c, '*' | '?')));
        }
        Pattern::Glob(glob)
    }

    /// The letter that all its words begin with.
    pub(super) fn first_letter(&self) -> Option<char> {
        match self {
            Pattern::Glob(glob) => glob.first().copied().filter(|c| !matches!(c, '*' | '?')),
            Pattern::Fuzzy(word) => word.chars().next(),
        }
    }

    /// What all its words begin with.
    pub(super) fn beginning(&self) -> String {
        match self {
            Pattern::Glob(glob) => glob.iter().take_while(|c| !matches!(c, '*' | '?')).collect(),
            Pattern::Fuzzy(word) => word.chars().take(1).collect(),
        }
    }

    /// Whether a folded form is one of its words.
    pub(super) fn matches(&self, form: &str) -> bool {
        match self {
            Pattern::Glob(glob) => glob_matches(glob, form),
            Pattern::Fuzzy(word) => is_one_edit_away(word, form),
        }
    }
}

/// Goes back only to the last `*`: linear for each.
fn glob_matches(glob: &[char], form: &str) -> bool {
    let mut rest = form.chars();
    let mut at = 0;
    let mut star = None;
    loop {
        match (glob.get(at), rest.clone().next()) {
            (Some('*'), _) => {
                star = Some((at, rest.clone()));
                at += 1;
            }
            (Some(wanted), Some(c)) if *wanted == '?' || *wanted == c => {
                rest.next();
                at += 1;
            }
            (None, None) => return true,
            _ => {
                let Some((star_at, mut from)) = star else { return false };
                if from.next().is_none() {
                    return false;
                }
                (rest, at, star) = (from.clone(), star_at + 1, Some((star_at, from)));
            }
        }
    }
}

/// One letter changed, added, left out, or two neighbours swapped; the first letter stays.
fn is_one_edit_away(word: &str, form: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), form.chars().collect());
    if a.first() != b.first() || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([], _) | (_, []) => true,
        ([_, rest_a @ ..], [_, rest_b @ ..]) => {
            let is_swap = a.len() > 1 && b.len() > 1 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
            rest_a == rest_b || rest_a == b || a == rest_b || is_swap
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_match_whole_forms() {
        let check = |pattern: Pattern, yes: &str, no: &str| {
            yes.split(' ').for_each(|form| assert!(pattern.matches(form), "{pattern:?} {form}"));
            no.split(' ').for_each(|form| assert!(!pattern.matches(form), "{pattern:?} {form}"));
        };
        check(Pattern::glob("Mediat*"), "mediat mediate mediatheque", "immediate media");
        check(Pattern::glob("*büro*"), "buro burochef auslandsburo auslandsburos", "bur bureau");
        check(Pattern::glob("wom?n"), "woman women", "womn womaan");
        check(Pattern::glob("a*bc*bd"), "abcbd axbcbcbd", "abcbc abd");
        check(
            Pattern::Fuzzy("netanyahu".into()),
            "netanyahu netanjahu netanyah nettanyahu netanyauh",
            "metanyahu netnyah",
        );
    }
}
