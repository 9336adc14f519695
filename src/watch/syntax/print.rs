//! A query as it was understood: all brackets set, one spelling for each operator.

use super::{Expr, Manner, Node, Relation, Step, Word};

/// Writes a node with all its brackets.
pub(in crate::watch) fn print(node: &Node) -> String {
    match &node.expr {
        Expr::Word(word) => word.to_string(),
        Expr::Loose(nodes) => joined(nodes, " "),
        Expr::Phrase(steps) => {
            let steps: Vec<_> = steps.iter().map(Step::to_string).collect();
            format!("\"{}\"", steps.join(" "))
        }
        Expr::Or(nodes) => joined(nodes, " OR "),
        Expr::And(all, none) => {
            let mut text = joined(all, " AND ");
            none.iter().for_each(|node| text += &format!(" AND NOT {}", inner(node)));
            text
        }
        Expr::Relation(relation, left, right) => format!("{} {relation} {}", inner(left), inner(right)),
        Expr::Field(part, node) => format!("{}: {}", part.name(), inner(node)),
        Expr::AtLeast(n, node) => format!("ATLEAST {n} {}", inner(node)),
        Expr::AnyOf(n, nodes) => {
            let nodes: Vec<_> = nodes.iter().map(print).collect();
            format!("ANY {n} OF ({})", nodes.join(", "))
        }
        Expr::List(name, _) => format!("{{{name}}}"),
    }
}

fn joined(nodes: &[Node], between: &str) -> String {
    let nodes: Vec<_> = nodes.iter().map(inner).collect();
    nodes.join(between)
}

/// A node inside another: in brackets unless it is of one piece.
fn inner(node: &Node) -> String {
    match node.expr {
        Expr::Or(_) | Expr::And(..) | Expr::Relation(..) | Expr::Loose(_) => format!("({})", print(node)),
        _ => print(node),
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.manner {
            Manner::Family | Manner::Wildcard => write!(f, "{}", self.text),
            Manner::Exact => write!(f, "={}", self.text),
            Manner::Caps => write!(f, "caps:{}", self.text),
            Manner::Fuzzy => write!(f, "{}~", self.text),
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Word(word, _) => word.fmt(f),
            Step::Gap => write!(f, "*"),
        }
    }
}

impl std::fmt::Display for Relation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Relation::Near(n) => write!(f, "NEAR/{n}"),
            Relation::Before(n) => write!(f, "BEFORE/{n}"),
            Relation::SameSentence => write!(f, "SAME SENTENCE"),
            Relation::SameParagraph => write!(f, "SAME PARAGRAPH"),
            Relation::NotNear(n) => write!(f, "NOT NEAR/{n}"),
        }
    }
}
