//! A query as it was understood: all brackets set, one spelling for each operator.

use super::{Expr, Manner, Node, Reach, Relation, Step, Word};

/// Writes a node with all its brackets.
pub(in crate::watch) fn print(node: &Node) -> String {
    print_in(node, None)
}

/// The same, with the lists that ship in one of their languages.
pub(in crate::watch) fn print_in(node: &Node, lang: Option<&'static str>) -> String {
    let mut text = String::new();
    Printer { lang }.write(node, &mut text);
    text
}

struct Printer {
    lang: Option<&'static str>,
}

impl Printer {
    fn write(&self, node: &Node, text: &mut String) {
        match &node.expr {
            Expr::Word(word) => write_word(word, text),
            Expr::Loose(nodes) => write_all(nodes, " ", |node, text| self.inner(node, text), text),
            Expr::Phrase(steps) => {
                text.push('"');
                write_all(steps, " ", write_step, text);
                text.push('"');
            }
            Expr::Or(nodes) => write_all(nodes, " OR ", |node, text| self.inner(node, text), text),
            Expr::And(all, none) => {
                write_all(all, " AND ", |node, text| self.inner(node, text), text);
                for node in none {
                    text.push_str(" AND NOT ");
                    self.inner(node, text);
                }
            }
            Expr::Relation(relation, left, right) => {
                self.inner(left, text);
                text.push_str(&format!(" {relation} "));
                self.inner(right, text);
            }
            Expr::Field(part, node) => {
                text.push_str(part.name());
                text.push_str(": ");
                self.inner(node, text);
            }
            Expr::AtLeast(n, node) => {
                text.push_str(&format!("ATLEAST {n} "));
                self.inner(node, text);
            }
            Expr::AnyOf(n, nodes) => {
                text.push_str(&format!("ANY {n} OF ("));
                write_all(nodes, ", ", |node, text| self.write(node, text), text);
                text.push(')');
            }
            Expr::List(name, _) => {
                text.push('{');
                text.push_str(name);
                text.push('}');
            }
            Expr::Shipped(list, own) => text.push_str(&match own.or(self.lang) {
                Some(lang) => format!("{{{}.{lang}}}", list.name),
                None => format!("{{{}}}", list.name),
            }),
        }
    }

    /// A node inside another: in brackets unless it is of one piece.
    fn inner(&self, node: &Node, text: &mut String) {
        match node.expr {
            Expr::Or(_) | Expr::And(..) | Expr::Relation(..) | Expr::Loose(_) => {
                text.push('(');
                self.write(node, text);
                text.push(')');
            }
            _ => self.write(node, text),
        }
    }
}

fn write_all<T>(these: &[T], between: &str, write: impl Fn(&T, &mut String), text: &mut String) {
    for (number, one) in these.iter().enumerate() {
        if number > 0 {
            text.push_str(between);
        }
        write(one, text);
    }
}

fn write_word(word: &Word, text: &mut String) {
    let (before, behind) = word.manner.marks();
    [before, &word.text, behind].into_iter().for_each(|part| text.push_str(part));
}

fn write_step(step: &Step, text: &mut String) {
    match step {
        Step::Word(word, _) => write_word(word, text),
        Step::Gap => text.push('*'),
    }
}

impl Manner {
    /// What stands before and behind a word that is meant so.
    fn marks(self) -> (&'static str, &'static str) {
        match self {
            Manner::Family | Manner::Wildcard => ("", ""),
            Manner::Exact => ("=", ""),
            Manner::Caps => ("caps:", ""),
            Manner::Fuzzy => ("", "~"),
        }
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (before, behind) = self.manner.marks();
        write!(f, "{before}{}{behind}", self.text)
    }
}

impl std::fmt::Display for Relation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Relation::Near(n, reach) => write!(f, "NEAR/{n}{reach}"),
            Relation::Before(n, reach) => write!(f, "BEFORE/{n}{reach}"),
            Relation::SameSentence => write!(f, "SAME SENTENCE"),
            Relation::SameParagraph => write!(f, "SAME PARAGRAPH"),
            Relation::NotNear(n, reach) => write!(f, "NOT NEAR/{n}{reach}"),
        }
    }
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // What NEAR/n means anyhow.
            Reach::Sentence => Ok(()),
            Reach::Paragraph => write!(f, " SAME PARAGRAPH"),
        }
    }
}
