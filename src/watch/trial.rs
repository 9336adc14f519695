//! The watches' own tests: texts that a watch should find, texts that it should pass over.

use super::{Part, Problem, Scratch, Severity, WatchSet, WatchSource};
use crate::model::{Article, Field, Reason};

impl WatchSet {
    /// The watches' own tests that fail: texts that are not found though they should be, and the reverse. `sources` are
    /// those this set was compiled from.
    pub fn failures(&self, sources: &[WatchSource]) -> Vec<Problem> {
        let mut scratch = Scratch::default();
        let mut problems = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let watch = self.inner.watches.iter().position(|watch| *watch.name == *source.name);
            for (entry, text) in source.should_find.iter().enumerate() {
                // Yes or no is enough here, and costs less where a watch has thousands of clauses.
                let fired = self.decide(&Article::of_text(text), None, &mut scratch);
                if !watch.is_some_and(|watch| fired.contains(&(watch as u32))) {
                    problems.push(Problem {
                        severity: Severity::Error,
                        part: Part::ShouldFind(number, entry),
                        range: 0..text.len(),
                        message: "this should be found and is not".to_owned(),
                        hint: Some(format!("see how it is understood: feedwatch explain \"{}\"", source.name)),
                    });
                }
            }
            for (entry, text) in source.should_pass_over.iter().enumerate() {
                let hits = self.find(&Article::of_text(text), None, &mut scratch);
                let Some(hit) = hits.into_iter().find(|hit| *hit.watch == *source.name) else { continue };
                let mut terms: Vec<String> = Vec::new();
                for reason in &hit.why {
                    let told = format!("\"{}\"", reason.text);
                    if !terms.contains(&told) {
                        terms.push(told);
                    }
                }
                // The title is the text's first line, so its bytes are the text's own.
                let in_title = |reason: &&Reason| reason.field == Field::Title;
                let range = hit.why.iter().find(in_title).map_or(0..text.len(), |reason| reason.start..reason.end);
                problems.push(Problem {
                    severity: Severity::Error,
                    part: Part::ShouldPassOver(number, entry),
                    range,
                    message: format!("this should be passed over, but is found by {}", terms.join(" and ")),
                    hint: Some("narrow the find, or add the phrase to ignore".to_owned()),
                });
            }
        }
        problems
    }
}
