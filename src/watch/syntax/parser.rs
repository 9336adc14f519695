//! Lexemes to a tree. One precedence: fields and counts bind tightest, then relations, AND, OR.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::lexer::{Kind, Lexeme, lex, meant};
use super::{Expr, Fault, Node, Relation, Step, Word};

/// The lists of the files as trees.
pub(in crate::watch) type ListNodes = BTreeMap<String, Rc<Node>>;

/// Brackets deeper than this are a mistake, and would exhaust the stack.
const DEPTH_MOST: usize = 100;

/// Bare words side by side at most: all their orders are tried.
const LOOSE_WORDS_MOST: usize = 8;

/// Words in quotes at most; longer quotations are found by a part of them.
const PHRASE_WORDS_MOST: usize = 50;

/// Relations in one chain at most; each is a level of the tree.
const CHAIN_MOST: usize = 50;

/// Reads a query.
pub(in crate::watch) fn parse(text: &str, lists: &ListNodes) -> Result<Node, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new(0..text.len(), "nothing to find").hint("write a word, such as mediation"));
    }
    let mut parser = Parser { text, lexemes: lex(text)?, next: 0, lists, depth: 0 };
    let node = parser.or()?;
    match parser.peek() {
        Kind::End => Ok(node),
        _ => Err(parser.unexpected()),
    }
}

/// Reads the lists, in whatever order they use each other. Gives what could be read, and the faults by list.
pub(in crate::watch) fn parse_lists(lists: &BTreeMap<String, String>) -> (ListNodes, Vec<(String, Fault)>) {
    let mut read = ListNodes::new();
    let mut faults = Vec::new();
    let mut waiting: Vec<&String> = lists.keys().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|name| {
            let uses_waiting = used(&lists[*name]).any(|used| lists.contains_key(used) && !read.contains_key(used));
            if uses_waiting {
                return true;
            }
            match parse(&lists[*name], &read) {
                Ok(node) => drop(read.insert((*name).clone(), Rc::new(node))),
                Err(fault) => faults.push(((*name).clone(), fault)),
            }
            false
        });
        if waiting.len() == before {
            break;
        }
    }
    for name in waiting {
        let circle = used(&lists[name]).find(|used| lists.contains_key(*used) && !read.contains_key(*used));
        let Some(other) = circle else { continue };
        if faults.iter().any(|(faulty, _)| faulty == other) {
            continue;
        }
        let at = lists[name].find(&format!("{{{other}}}")).unwrap_or(0);
        let message = match name == other {
            true => format!("the list \"{name}\" uses itself"),
            false => format!("the lists \"{name}\" and \"{other}\" use each other in a circle"),
        };
        faults.push((
            name.clone(),
            Fault::new(at..at + other.len() + 2, message).hint("write the words out in one of them"),
        ));
    }
    (read, faults)
}

/// The names between braces.
fn used(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.trim())
}

struct Parser<'t> {
    text: &'t str,
    lexemes: Vec<Lexeme>,
    next: usize,
    lists: &'t ListNodes,
    depth: usize,
}

impl Parser<'_> {
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
        self.depth += 1;
        if self.depth > DEPTH_MOST {
            return Err(Fault::new(self.at(), format!("brackets nest deeper than {DEPTH_MOST}")));
        }
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
            let relation = match self.peek() {
                Kind::Near(n) => Relation::Near(*n),
                Kind::Before(n) => Relation::Before(*n),
                Kind::SameSentence => Relation::SameSentence,
                Kind::SameParagraph => Relation::SameParagraph,
                Kind::NotNear(n) => Relation::NotNear(*n),
                _ => return Ok(left),
            };
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
            let inner = self.unit()?;
            let at = start..inner.at.end;
            return Ok(Node { expr: Expr::Field(part, Box::new(inner)), at });
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Node, Fault> {
        let Lexeme { kind, at } = self.lexemes[self.next].clone();
        match kind {
            Kind::Word(_) => self.words(),
            Kind::Quoted(inside) => {
                self.take();
                self.alone(&at)?;
                Ok(Node { expr: Expr::Phrase(steps(&inside, &at, self.text)?), at })
            }
            Kind::List(name) => {
                self.take();
                self.alone(&at)?;
                match self.lists.get(&name) {
                    Some(list) => Ok(Node { expr: Expr::List(name, Rc::clone(list)), at }),
                    None => Err(no_list(&name, at, self.lists)),
                }
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
                let inner = self.unit()?;
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

    fn words(&mut self) -> Result<Node, Fault> {
        let mut nodes = Vec::new();
        while let Kind::Word(word) = self.peek().clone() {
            let at = self.take().at;
            if word.text.trim_matches(|c: char| !c.is_alphanumeric()).is_empty() {
                return Err(Fault::new(at, format!("\"{}\" has no letter and no digit", word.text)));
            }
            nodes.push(Node { expr: Expr::Word(word), at });
        }
        let at = nodes[0].at.start..nodes[nodes.len() - 1].at.end;
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
    fn alone(&self, before: &Range<usize>) -> Result<(), Fault> {
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
        let (before, after) = (&self.text[before.clone()], &self.text[self.at()]);
        let fault = Fault::new(self.at(), format!("an operator is missing before {after}"));
        Err(match self.peek() {
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

/// The words between quotes.
fn steps(inside: &str, at: &Range<usize>, text: &str) -> Result<Vec<Step>, Fault> {
    let begin = at.start + text[at.start..].chars().next().map_or(1, char::len_utf8);
    let mut steps = Vec::new();
    for written in inside.split_whitespace() {
        // Where in `inside` it stands: the pieces are slices of it.
        let start = begin + (written.as_ptr() as usize - inside.as_ptr() as usize);
        let at = start..start + written.len();
        if written == "*" {
            steps.push(Step::Gap);
            continue;
        }
        let word = match written.strip_prefix("caps:") {
            Some(text) => Word { text: text.to_owned(), manner: super::Manner::Caps },
            None => meant(written, at.clone())?,
        };
        if word.text.chars().any(char::is_alphanumeric) {
            steps.push(Step::Word(word, at));
        }
    }
    if steps.len() > PHRASE_WORDS_MOST {
        let message = format!("{} words in quotes, at most {PHRASE_WORDS_MOST} can be sought", steps.len());
        return Err(Fault::new(at.clone(), message).hint("a part of the phrase finds it as well"));
    }
    let is_word = |step: &Step| matches!(step, Step::Word(..));
    match (steps.first(), steps.last()) {
        (Some(first), Some(last)) if is_word(first) && is_word(last) => Ok(steps),
        (None, _) => Err(Fault::new(at.clone(), "no word stands between these quotes")),
        _ => Err(Fault::new(at.clone(), "a phrase begins and ends with a word, not with *")
            .hint("leave the * at the edge out")),
    }
}

fn no_list(name: &str, at: Range<usize>, lists: &ListNodes) -> Fault {
    let fault = Fault::new(at, format!("there is no list \"{name}\""));
    let nearest = lists.keys().min_by_key(|known| distance(known, name));
    match nearest {
        Some(known) if distance(known, name) <= 1 + name.len() / 4 => fault.hint(format!("write {{{known}}}")),
        Some(_) => {
            let known: Vec<_> = lists.keys().map(|known| format!("{{{known}}}")).collect();
            fault.hint(format!("the lists are {}", known.join(" ")))
        }
        None => fault.hint("lists stand in the table [lists]"),
    }
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
