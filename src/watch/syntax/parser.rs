//! Lexemes to a tree. One precedence: fields and counts bind tightest, then relations, AND, OR.

use std::ops::Range;

use super::lexer::{Kind, Lexeme, lex};
use super::lists::ListNodes;
use super::phrase::steps;
use super::{Expr, Fault, Node};

/// Brackets deeper than this are a mistake, and would exhaust the stack.
const DEPTH_MOST: usize = 100;

/// Levels of a tree at most, those of the lists in it and the links of chains included: each is a step on the stack for
/// all who walk the tree.
const LEVELS_MOST: usize = 500;

/// Words of a query at most, those of the lists in it counted each time. Two lists that name each other's kind twice,
/// and so on forty times over, would be a million million.
const WORDS_MOST: usize = 1_000_000;

/// Bare words side by side at most: all their orders are tried.
const LOOSE_WORDS_MOST: usize = 8;

/// Relations in one chain at most; each is a level of the tree.
const CHAIN_MOST: usize = 50;

/// A query as it was read.
pub(super) struct Read {
    pub(super) node: Node,
    /// The words it stands for, those of its lists included.
    pub(super) words: usize,
    /// The levels of its tree, those of its lists included.
    pub(super) levels: usize,
}

/// Reads a query.
pub(in crate::watch) fn parse(text: &str, lists: &ListNodes) -> Result<Node, Fault> {
    read(text, lists).map(|read| read.node)
}

/// Reads a query; gives its words and levels with it.
pub(super) fn read(text: &str, lists: &ListNodes) -> Result<Read, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new(0..text.len(), "nothing to find").hint("write a word, such as mediation"));
    }
    let mut parser = Parser { text, lexemes: lex(text)?, next: 0, lists, depth: 0, words: 0 };
    let node = parser.or()?;
    if *parser.peek() != Kind::End {
        return Err(parser.unexpected());
    }
    let levels = lists.levels(&node);
    if levels > LEVELS_MOST {
        let message =
            format!("this is nested {levels} levels deep, its lists included, at most {LEVELS_MOST} can be read");
        return Err(Fault::new(node.at, message).hint("let fewer lists use one another, or write fewer brackets"));
    }
    Ok(Read { node, words: parser.words, levels })
}

struct Parser<'t> {
    text: &'t str,
    lexemes: Vec<Lexeme>,
    next: usize,
    lists: &'t ListNodes,
    depth: usize,
    words: usize,
}

impl Parser<'_> {
    /// Counts the words of the query.
    fn count(&mut self, words: usize, at: &Range<usize>) -> Result<(), Fault> {
        self.words = self.words.saturating_add(words);
        if self.words > WORDS_MOST {
            let message = format!("more than {WORDS_MOST} words up to here, those of the lists included");
            return Err(Fault::new(at.clone(), message).hint("part it into several watches, or leave lists out"));
        }
        Ok(())
    }

    /// Goes a level deeper.
    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MOST {
            return Err(Fault::new(self.at(), format!("brackets nest deeper than {DEPTH_MOST}")));
        }
        Ok(())
    }

    fn peek(&self) -> &Kind {
        &self.lexemes[self.next].kind
    }

    fn at(&self) -> Range<usize> {
        self.lexemes[self.next].at.clone()
    }

    fn take(&mut self) -> Lexeme {
        let lexeme = self.lexemes[self.next].clone();
        if self.next + 1 < self.lexemes.len() {
            self.next += 1;
        }
        lexeme
    }

    fn takes(&mut self, kind: &Kind) -> bool {
        let is_it = self.peek() == kind;
        if is_it {
            self.take();
        }
        is_it
    }

    fn or(&mut self) -> Result<Node, Fault> {
        self.enter()?;
        let mut nodes = vec![self.and()?];
        while self.takes(&Kind::Or) {
            nodes.push(self.and()?);
        }
        self.depth -= 1;
        Ok(one_or(nodes, Expr::Or))
    }

    fn and(&mut self) -> Result<Node, Fault> {
        let (mut all, mut none) = (vec![self.relation()?], Vec::new());
        while self.takes(&Kind::And) {
            if self.takes(&Kind::Not) {
                none.push(self.relation()?);
            } else {
                all.push(self.relation()?);
            }
        }
        if none.is_empty() {
            return Ok(one_or(all, |all| Expr::And(all, Vec::new())));
        }
        let last = all.iter().chain(&none).map(|node| node.at.end).max().unwrap_or_default();
        Ok(Node { at: all[0].at.start..last, expr: Expr::And(all, none) })
    }

    fn relation(&mut self) -> Result<Node, Fault> {
        let mut left = self.unit()?;
        for link in 0.. {
            let Kind::Relation(relation) = *self.peek() else { return Ok(left) };
            let operator = self.take().at;
            if link == CHAIN_MOST {
                return Err(Fault::new(operator, format!("more than {CHAIN_MOST} relations follow one another")));
            }
            let right = self.unit()?;
            for side in [&left, &right] {
                placed(side, &self.text[operator.clone()])?;
            }
            let at = left.at.start..right.at.end;
            left = Node { expr: Expr::Relation(relation, Box::new(left), Box::new(right)), at };
        }
        Ok(left)
    }

    fn unit(&mut self) -> Result<Node, Fault> {
        let start = self.at().start;
        if let Kind::Field(part) = *self.peek() {
            let field = self.take().at;
            if *self.peek() == Kind::End {
                return Err(Fault::new(field, format!("{}: needs something behind it", part.name())));
            }
            self.enter()?;
            let inner = self.unit()?;
            self.depth -= 1;
            let at = start..inner.at.end;
            return Ok(Node { expr: Expr::Field(part, Box::new(inner)), at });
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Node, Fault> {
        let Lexeme { kind, at } = self.lexemes[self.next].clone();
        match kind {
            Kind::Word(_) | Kind::List(_) => self.words(),
            Kind::Quoted(inside) => {
                self.take();
                self.alone(&at)?;
                let steps = steps(&inside, &at, self.text)?;
                self.count(steps.len(), &at)?;
                Ok(Node { expr: Expr::Phrase(steps), at })
            }
            Kind::Open => {
                self.take();
                if *self.peek() == Kind::Close {
                    return Err(Fault::new(at.start..self.at().end, "nothing stands between these brackets"));
                }
                let inner = self.or()?;
                let end = self.closed(&at)?;
                self.alone(&(at.start..end))?;
                Ok(Node { at: at.start..end, ..inner })
            }
            Kind::AtLeast(n) => {
                self.take();
                self.enter()?;
                let inner = self.unit()?;
                self.depth -= 1;
                placed(&inner, "ATLEAST")?;
                let at = at.start..inner.at.end;
                Ok(Node { expr: Expr::AtLeast(n, Box::new(inner)), at })
            }
            Kind::AnyOf(n) => {
                self.take();
                self.any_of(n, at)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Words and lists side by side.
    fn words(&mut self) -> Result<Node, Fault> {
        let mut nodes = Vec::new();
        loop {
            match self.peek().clone() {
                Kind::Word(word) => {
                    let at = self.take().at;
                    if word.text.trim_matches(|c: char| !c.is_alphanumeric()).is_empty() {
                        return Err(Fault::new(at, format!("\"{}\" has no letter and no digit", word.text)));
                    }
                    self.count(1, &at)?;
                    nodes.push(Node { expr: Expr::Word(word), at });
                }
                Kind::List(name) => {
                    let at = self.take().at;
                    let (expr, words) = self.lists.named(&name, &at)?;
                    self.count(words, &at)?;
                    nodes.push(Node { expr, at });
                }
                _ => break,
            }
        }
        let at = nodes[0].at.start..nodes[nodes.len() - 1].at.end;
        if nodes.len() > 1 {
            nodes.iter().try_for_each(|node| placed(node, "words side by side"))?;
        }
        if nodes.len() > LOOSE_WORDS_MOST {
            let message = format!(
                "{} words side by side: near each other in any order, at most {LOOSE_WORDS_MOST} can be sought",
                nodes.len()
            );
            return Err(Fault::new(at, message).hint("put a phrase in quotes, or join the words that matter with AND"));
        }
        self.alone(&at)?;
        Ok(one_or(nodes, Expr::Loose))
    }

    fn any_of(&mut self, n: u32, operator: Range<usize>) -> Result<Node, Fault> {
        let open = self.at();
        if !self.takes(&Kind::Open) {
            return Err(Fault::new(operator, "ANY n OF needs brackets behind it").hint("write ANY 2 OF (a, b, c)"));
        }
        let mut of = vec![self.or()?];
        while self.takes(&Kind::Comma) {
            of.push(self.or()?);
        }
        let at = operator.start..self.closed(&open)?;
        if of.len() < n as usize {
            let message = format!("ANY {n} OF can never be reached: only {} stand between the brackets", of.len());
            return Err(Fault::new(at, message).hint("part them with commas"));
        }
        Ok(Node { expr: Expr::AnyOf(n, of), at })
    }

    fn closed(&mut self, open: &Range<usize>) -> Result<usize, Fault> {
        let at = self.at();
        match self.peek() {
            Kind::Close => Ok(self.take().at.end),
            Kind::End => Err(Fault::new(open.clone(), "this ( is never closed").hint("add a ) at its end")),
            _ => Err(self.unexpected_at(at)),
        }
    }

    /// Nothing but an operator or a closing sign may follow a phrase, a list or a bracket.
    fn alone(&self, before_at: &Range<usize>) -> Result<(), Fault> {
        let follows = matches!(
            self.peek(),
            Kind::Word(_)
                | Kind::Quoted(_)
                | Kind::List(_)
                | Kind::Open
                | Kind::Field(_)
                | Kind::AtLeast(_)
                | Kind::AnyOf(_)
        );
        if !follows {
            return Ok(());
        }
        let (before, after) = (&self.text[before_at.clone()], &self.text[self.at()]);
        if let Some(distance) = after.strip_prefix('~') {
            let fault = Fault::new(self.at(), "~ stands behind a word; behind a phrase it means nothing");
            let words = before.trim_matches(['"', '“', '”', '„']).split_whitespace().collect::<Vec<_>>();
            let n = distance.parse::<u32>().unwrap_or(5);
            return Err(fault.hint(format!("write {}", words.join(&format!(" NEAR/{n} ")))));
        }
        let at_end = before_at.end.saturating_sub(before.split_whitespace().next_back().map_or(0, str::len));
        let low = [(at_end..before_at.end), self.at()]
            .into_iter()
            .find_map(|at| Some((in_capitals(&self.text[at.clone()])?, at)));
        if let Some((capitals, at)) = low {
            let message = format!("{} is no operator here: operators are UPPER CASE", &self.text[at.clone()]);
            return Err(Fault::new(at, message).hint(format!("write {capitals}")));
        }
        let fault = Fault::new(self.at(), format!("an operator is missing before {after}"));
        Err(match self.peek() {
            Kind::Open if before.ends_with("AROUND") || before.ends_with("WITHIN") => fault.hint("write NEAR/5"),
            Kind::Open | Kind::AtLeast(_) | Kind::AnyOf(_) => fault.hint("write OR, AND or NEAR/5 between"),
            _ => fault.hint(format!("write {before} OR {after}, or {before} NEAR/5 {after}")),
        })
    }

    fn unexpected(&self) -> Fault {
        self.unexpected_at(self.at())
    }

    fn unexpected_at(&self, at: Range<usize>) -> Fault {
        let written = &self.text[at.clone()];
        match self.peek() {
            Kind::End => Fault::new(before_end(self.text, &self.lexemes), "the query breaks off here")
                .hint("add what should follow"),
            Kind::Close if self.depth == 0 => Fault::new(at, "this ) closes nothing"),
            Kind::Close => Fault::new(at, "something is missing before this )"),
            Kind::Not => Fault::new(at, "NOT stands only behind AND").hint("write ... AND NOT ..."),
            Kind::Comma => Fault::new(at, "a comma parts things only in ANY n OF (...)").hint("write OR or AND"),
            _ => Fault::new(at, format!("something is missing before {written}")),
        }
    }
}

/// The operator that a word would be in capitals.
fn in_capitals(word: &str) -> Option<String> {
    let (name, number) = word.split_once('/').map_or((word, None), |(name, number)| (name, Some(number)));
    let is_counted = number.is_some_and(|number| number.parse::<u32>().is_ok());
    match (name.to_lowercase().as_str(), is_counted) {
        ("or" | "and", _) if number.is_none() => Some(name.to_uppercase()),
        ("not", _) if number.is_none() => Some("AND NOT".to_owned()),
        ("near" | "before", true) => Some(word.to_uppercase()),
        ("near" | "before", false) if number.is_none() => Some(format!("{}/5", name.to_uppercase())),
        _ => None,
    }
}

fn before_end(text: &str, lexemes: &[Lexeme]) -> Range<usize> {
    lexemes.iter().rev().nth(1).map_or(0..text.len(), |lexeme| lexeme.at.clone())
}

fn one_or(mut nodes: Vec<Node>, many: impl FnOnce(Vec<Node>) -> Expr) -> Node {
    if nodes.len() == 1 {
        return nodes.remove(0);
    }
    let at = nodes[0].at.start..nodes[nodes.len() - 1].at.end;
    Node { expr: many(nodes), at }
}

/// Relations and counts need places; AND, NOT and ANY n OF are said of whole articles.
fn placed(node: &Node, operator: &str) -> Result<(), Fault> {
    let said_of_articles = match &node.expr {
        Expr::And(..) => "AND",
        Expr::AnyOf(..) => "ANY n OF",
        Expr::Or(nodes) => return nodes.iter().try_for_each(|inner| placed(inner, operator)),
        Expr::Field(_, inner) => return placed(inner, operator),
        Expr::List(name, inner) => {
            return placed(inner, operator).map_err(|fault| {
                Fault::new(node.at.clone(), format!("{} (in the list \"{name}\")", fault.message))
                    .hint(fault.hint.unwrap_or_default())
            });
        }
        _ => return Ok(()),
    };
    let message =
        format!("{said_of_articles} cannot stand inside {operator}: it is said of whole articles, not of places");
    let hint = if operator == "ATLEAST" {
        "count a word, a phrase or an OR of them".to_owned()
    } else {
        format!("write (a {operator} c) AND (b {operator} c)")
    };
    Err(Fault::new(node.at.clone(), message).hint(hint))
}
